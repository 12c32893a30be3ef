package bayar.examples;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A glance at an engine, as lines of text for a terminal: rates come from the glance before. Immutable. */
final class WatchTable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final int NAME_WIDTH = 13;
    private static final String NONE = "-";

    private final JsonNode now;
    private final @Nullable JsonNode before;
    private final ZoneId zone;

    /** @param before an earlier glance at the same life of the engine, or null when there is none */
    WatchTable(JsonNode now, @Nullable JsonNode before, ZoneId zone) {
        this.now = now;
        boolean isSameLife = before != null
                && before.path("startMillis").asLong()
                        == now.path("startMillis").asLong()
                && before.path("timeMillis").asLong() < now.path("timeMillis").asLong();
        this.before = isSameLife ? before : null;
        this.zone = zone;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        String refusing = now.path("refusing").asString("");
        lines.add(TIME.format(
                        Instant.ofEpochMilli(now.path("timeMillis").asLong()).atZone(zone)) + "  up "
                + age(now.path("uptimeSeconds").asLong()) + "  "
                + (refusing.isEmpty() ? "takes requests" : "REFUSES EVERYTHING: " + refusing));
        lines.add("");
        add(lines, "answers", perSecond(total(now), before == null ? null : total(before)) + "/s", answers());
        JsonNode latency = now.path("latencyMicros");
        boolean isQuiet = latency.path("count").asLong() == 0;
        add(lines, "latency", isQuiet ? NONE : "", isQuiet ? "" : percentiles(latency));
        add(lines, "stages", "", stages());
        JsonNode batch = now.path("batch");
        add(
                lines,
                "queue",
                count(now.path("queue").path("depth")),
                "of " + count(now.path("queue").path("capacity"))
                        + (batch.path("count").asLong() == 0
                                ? ""
                                : ", batches of " + tenths(batch.path("mean").asDouble()) + ", at most "
                                        + count(batch.path("max")) + ", commit p50 "
                                        + time(batch.path("commitMicrosP50").asDouble()) + ", p99 "
                                        + time(batch.path("commitMicrosP99").asDouble())));
        JsonNode doubt = now.path("inDoubt");
        String oldest = doubt.path("count").asLong() == 0
                ? ""
                : "the oldest for " + age(doubt.path("oldestSeconds").asLong()) + ", ";
        add(
                lines,
                "in doubt",
                count(doubt.path("count")),
                oldest + count(now.path("pending")) + " pending, " + count(now.path("holds")) + " holds");
        store(lines);
        JsonNode memory = now.path("memory");
        add(
                lines,
                "process",
                "",
                "heap " + size(memory.path("heapUsed").asLong()) + " of "
                        + size(memory.path("heapMax").asLong()) + ", "
                        + count(now.path("gc").path("count"))
                        + " collections in " + count(now.path("gc").path("millis")) + " ms, "
                        + count(now.path("threads")) + " threads");
        now.path("connections").properties().forEach(transport -> connections(lines, transport));
        reasons(lines);
        return lines;
    }

    private static void add(List<String> lines, String name, String value, String more) {
        String line = String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s", name)
                + (value.isEmpty() || more.isEmpty() ? value : value + "  ")
                + more;
        lines.add(line.stripTrailing());
    }

    private String answers() {
        JsonNode statuses = now.path("byStatus");
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> status : statuses.properties()) {
            if (status.getValue().asLong() > 0) {
                parts.add(status.getKey() + " "
                        + perSecond(status.getValue().asLong(), earlier("byStatus", status.getKey())) + "/s");
            }
        }
        return parts.isEmpty() ? "nothing was answered yet" : String.join(", ", parts);
    }

    private static String percentiles(JsonNode latency) {
        return "p50 " + time(latency.path("p50").asDouble()) + ", p90 "
                + time(latency.path("p90").asDouble()) + ", p99 "
                + time(latency.path("p99").asDouble()) + ", p99.9 "
                + time(latency.path("p999").asDouble()) + ", max "
                + time(latency.path("max").asDouble());
    }

    private String stages() {
        List<String> parts = new ArrayList<>();
        now.path("stageMicros")
                .properties()
                .forEach(stage ->
                        parts.add(stage.getKey() + " " + time(stage.getValue().asDouble())));
        return String.join(", ", parts);
    }

    private void store(List<String> lines) {
        JsonNode store = now.path("store");
        long left = store.path("usableBytes").asLong();
        add(
                lines,
                "store",
                "",
                count(store.path("payments")) + " records, "
                        + size(store.path("fileBytes").asLong()) + " and "
                        + size(store.path("walBytes").asLong()) + " of log, "
                        + bytesPerSecond(store.path("writtenBytes").asLong(), earlier("store", "writtenBytes"))
                        + " written" + (left < 0 ? "" : ", " + size(left) + " left on the disk"));
    }

    private void connections(List<String> lines, Map.Entry<String, JsonNode> transport) {
        JsonNode at = transport.getValue();
        JsonNode then = before == null ? null : before.path("connections").path(transport.getKey());
        add(
                lines,
                transport.getKey(),
                count(at.path("open")),
                "open, "
                        + bytesPerSecond(
                                at.path("bytesIn").asLong(),
                                then == null ? null : then.path("bytesIn").asLong())
                        + " in, "
                        + bytesPerSecond(
                                at.path("bytesOut").asLong(),
                                then == null ? null : then.path("bytesOut").asLong())
                        + " out, " + count(at.path("refused")) + " refused, " + count(at.path("slow"))
                        + " closed as slow");
    }

    private void reasons(List<String> lines) {
        lines.add("");
        lines.add(String.format(Locale.ROOT, "%-24s %-10s %10s %14s", "REASON", "STATUS", "PER SECOND", "TOTAL"));
        now.path("byReason").properties().forEach(reason -> {
            String code = reason.getKey();
            long total = reason.getValue().asLong();
            lines.add(String.format(
                    Locale.ROOT,
                    "%-24s %-10s %10s %,14d",
                    code,
                    now.path("statusOf").path(code).asString(""),
                    perSecond(total, earlier("byReason", code)),
                    total));
        });
    }

    private static long total(JsonNode glance) {
        long total = 0;
        for (JsonNode status : glance.path("byStatus")) {
            total += status.asLong();
        }
        return total;
    }

    private @Nullable Long earlier(String group, String name) {
        return before == null ? null : before.path(group).path(name).asLong(0);
    }

    private double seconds() {
        return before == null
                ? 0
                : (now.path("timeMillis").asLong() - before.path("timeMillis").asLong()) / 1e3;
    }

    private String perSecond(long total, @Nullable Long earlier) {
        return earlier == null ? NONE : String.format(Locale.ROOT, "%,.0f", (total - earlier) / seconds());
    }

    private String bytesPerSecond(long total, @Nullable Long earlier) {
        return earlier == null ? NONE : size(Math.round((total - earlier) / seconds())) + "/s";
    }

    private static String count(JsonNode number) {
        return String.format(Locale.ROOT, "%,d", number.asLong());
    }

    private static String tenths(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    private static String time(double micros) {
        if (micros < 1_000) {
            return String.format(Locale.ROOT, "%.0f us", micros);
        }
        return micros < 1e6
                ? String.format(Locale.ROOT, "%.1f ms", micros / 1e3)
                : String.format(Locale.ROOT, "%.1f s", micros / 1e6);
    }

    private static String size(long bytes) {
        if (bytes < 0) {
            return NONE;
        }
        String[] units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
        double left = bytes;
        int unit = 0;
        while (left >= 1_000) {
            left /= 1_000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", left, units[unit]);
    }

    private static String age(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        return seconds < 86_400
                ? seconds / 3_600 + " h " + seconds % 3_600 / 60 + " min"
                : seconds / 86_400 + " d " + seconds % 86_400 / 3_600 + " h";
    }
}
