package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Reason;
import bayar.Status;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every metric and label that dashboard, alerts and documentation name is in a real scrape after real payments. */
@Timeout(120)
class DashboardTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern SERIES = Pattern.compile("^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    /** A metric as an expression names it, with what it asks of its labels. */
    private static final Pattern USED = Pattern.compile("\\b((?:bayar|jvm|process|system)_[a-z0-9_]+)(?:\\{([^}]*)})?");

    private static final Pattern ASKED = Pattern.compile("([a-z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern GROUPED = Pattern.compile("\\bby \\(([a-z_, ]+)\\)");
    private static final Pattern ROW =
            Pattern.compile("^\\| `(bayar_[a-z_]+)` \\| (\\w+) \\| ([^|]*)\\|", Pattern.MULTILINE);

    /** Labels that Prometheus adds when it scrapes. */
    private static final Set<String> ADDED = Set.of("instance", "job");

    /** By name the labels of each series with their values. */
    private static final Map<String, List<Map<String, String>>> SCRAPED = new TreeMap<>();

    @TempDir
    static Path directory;

    @BeforeAll
    static void tradeAndScrape() {
        Monitor monitor = Monitor.builder().build();
        String scrape;
        try (Shop shop = new Shop(SqliteStore.open(directory), monitor)) {
            shop.trade();
            // For the metrics of collections, which are there once there was one.
            System.gc();
            scrape = monitor.scrape();
            for (int i = 0; i < 1000 && !scrape.contains("jvm_gc_pause_seconds_sum"); i++) {
                LockSupport.parkNanos(10_000_000);
                scrape = monitor.scrape();
            }
        }
        scrape.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher series = SERIES.matcher(line);
            assertTrue(series.matches(), line);
            Map<String, String> labels = new TreeMap<>();
            Matcher label = LABEL.matcher(series.group(2) == null ? "" : series.group(2));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
            SCRAPED.computeIfAbsent(series.group(1), name -> new ArrayList<>()).add(labels);
        });
    }

    @Test
    void theDashboardAsksForWhatThereIs() throws IOException {
        JsonNode dashboard = JsonMapper.builder()
                .build()
                .readTree(Files.readString(DOCS.resolve("monitoring/grafana-dashboard.json")));
        Set<String> ids = new TreeSet<>();
        int asked = 0;
        for (JsonNode panel : dashboard.get("panels")) {
            assertTrue(ids.add(panel.get("id").asString()), "two panels with one id");
            for (JsonNode target : panel.path("targets")) {
                requireThere(target.get("expr").asString());
                asked++;
            }
        }
        assertTrue(asked > 40, "" + asked);
    }

    @Test
    void theAlertsAskForWhatThereIs() throws IOException {
        String alerts = Files.readString(DOCS.resolve("monitoring/alerts.yml"));
        String expressions = alerts.lines()
                .filter(line -> !line.contains("summary:") && !line.contains("description:"))
                .collect(Collectors.joining("\n"));
        requireThere(expressions);
        Set<String> named = new TreeSet<>();
        Matcher alert = Pattern.compile("- alert: (\\w+)").matcher(alerts);
        while (alert.find()) {
            named.add(alert.group(1));
        }
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("^\\| `(Bayar\\w+)` \\|", Pattern.MULTILINE)
                .matcher(Files.readString(DOCS.resolve("monitoring.md")));
        while (row.find()) {
            documented.add(row.group(1));
        }
        assertEquals(named, documented);
    }

    @Test
    void everyMetricIsInTheTableAndEveryRowOfItIsAMetric() throws IOException {
        Map<String, Set<String>> documented = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(DOCS.resolve("monitoring.md")));
        while (row.find()) {
            Set<String> labels = new TreeSet<>();
            Matcher label = Pattern.compile("`(\\w+)`").matcher(row.group(3));
            while (label.find()) {
                labels.add(label.group(1));
            }
            String name = row.group(1) + (row.group(2).equals("histogram") ? "_count" : "");
            documented.put(name, labels);
        }
        Map<String, Set<String>> real = new TreeMap<>();
        SCRAPED.forEach((name, series) -> {
            if (name.startsWith("bayar_") && !name.endsWith("_bucket") && !isSumOfHistogram(name)) {
                real.put(name, new TreeSet<>(series.get(0).keySet()));
            }
        });
        assertEquals(real, documented);
    }

    private static boolean isSumOfHistogram(String name) {
        return name.endsWith("_sum") && SCRAPED.containsKey(name.replaceAll("_sum$", "_bucket"));
    }

    /** Each metric, each label that is asked of it or grouped by, and for {@code =} each value of it. */
    private static void requireThere(String expression) {
        Matcher used = USED.matcher(expression);
        Set<String> labels = new TreeSet<>();
        while (used.find()) {
            List<Map<String, String>> series = SCRAPED.get(used.group(1));
            assertTrue(series != null, "there is no metric " + used.group(1) + ", asked for by " + expression);
            series.forEach(one -> labels.addAll(one.keySet()));
            Matcher asked = ASKED.matcher(used.group(2) == null ? "" : used.group(2));
            while (asked.find()) {
                String label = asked.group(1);
                if (ADDED.contains(label)) {
                    continue;
                }
                assertTrue(
                        series.stream().anyMatch(one -> one.containsKey(label)),
                        used.group(1) + " has no label " + label + ", asked for by " + expression);
                if (label.equals("stage") || label.equals("cause")) {
                    assertTrue(
                            series.stream().anyMatch(one -> asked.group(3).equals(one.get(label))),
                            "no series of " + used.group(1) + " has " + asked.group());
                }
                if (label.equals("status")) {
                    for (String status : asked.group(3).split("\\|")) {
                        Status.valueOf(status.toUpperCase(Locale.ROOT));
                    }
                }
                if (label.equals("reason")) {
                    Reason.valueOf(asked.group(3).toUpperCase(Locale.ROOT));
                }
            }
        }
        Matcher grouped = GROUPED.matcher(expression);
        while (grouped.find()) {
            for (String label : grouped.group(1).split(", ")) {
                assertTrue(ADDED.contains(label) || labels.contains(label), "by " + label + " in " + expression);
            }
        }
    }
}
