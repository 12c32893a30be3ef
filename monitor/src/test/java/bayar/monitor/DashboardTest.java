package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
    /** A name in an expression, with what it asks of its labels. */
    private static final Pattern USED =
            Pattern.compile("(?<![a-zA-Z0-9_:$])([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\s*\\{([^}]*)})?");

    /** A time, which has no name of a metric in it. */
    private static final Pattern NO_NAME = Pattern.compile("\\[[^\\]]*]|\\boffset\\s+\\w+");

    /** A list of labels in an expression: to group by, or to join on. */
    private static final Pattern LABELS =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    /** The words of the query language that are used. */
    private static final Set<String> WORDS = Set.of(
            "and",
            "or",
            "unless",
            "delta",
            "histogram_quantile",
            "increase",
            "max",
            "min",
            "predict_linear",
            "rate",
            "sum");

    private static final Pattern ASKED = Pattern.compile("([a-z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern GROUPED = Pattern.compile("\\bby \\(([a-z_, ]+)\\)");
    private static final Pattern ROW =
            Pattern.compile("^\\| `(bayar_[a-z_]+)` \\| (\\w+) \\| ([^|]*)\\|", Pattern.MULTILINE);

    /** An alert's expression: a block of lines that are set further in, or the rest of the line. */
    private static final Pattern EXPRESSION =
            Pattern.compile("^ {8}expr: (?:\\|((?:\\n {10}.*)+)|(.+))$", Pattern.MULTILINE);

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
        Set<String> used = new TreeSet<>();
        visit(dashboard.get("panels"), ids, used);
        assertTrue(used.size() > 30, used::toString);
    }

    /** These panels, and those that are folded away in a row. */
    private static void visit(JsonNode panels, Set<String> ids, Set<String> used) {
        for (JsonNode panel : panels) {
            assertTrue(ids.add(panel.get("id").asString()), "two panels with one id");
            for (JsonNode target : panel.path("targets")) {
                used.addAll(requireThere(target.get("expr").asString()));
            }
            visit(panel.path("panels"), ids, used);
        }
    }

    @Test
    void anExpressionThatMisspellsOrNamesNothingIsFound() throws IOException {
        JsonNode folded = JsonMapper.builder()
                .build()
                .readTree("[{\"id\":1,\"panels\":[{\"id\":2,\"targets\":[{\"expr\":\"bayr_holds\"}]}]}]");
        assertThrows(AssertionError.class, () -> visit(folded, new TreeSet<>(), new TreeSet<>()));
        for (String wrong : List.of(
                "sum(rate(bayr_payments_total{status=\"approved\"}[5m]))",
                "bayar_holds + hols",
                "summ(bayar_holds)",
                "bayar_holds{instnce=\"a\"}",
                "sum by (instnce) (bayar_holds)",
                "sum(1)",
                "")) {
            assertThrows(AssertionError.class, () -> requireThere(wrong), wrong);
        }
        assertEquals(
                Set.of("bayar_holds", "bayar_payments_total"),
                requireThere("bayar_holds{instance=~\"$instance\"} > 1e3"
                        + " and sum by (status) (rate(bayar_payments_total[$__rate_interval])) < 2"));
    }

    @Test
    void theAlertsAskForWhatThereIs() throws IOException {
        String alerts = Files.readString(DOCS.resolve("monitoring/alerts.yml"));
        List<String> expressions = new ArrayList<>();
        Matcher expression = EXPRESSION.matcher(alerts);
        while (expression.find()) {
            requireThere(expression.group(1) != null ? expression.group(1) : expression.group(2));
            expressions.add(expression.group());
        }
        assertEquals(alerts.lines().filter(line -> line.contains("expr:")).count(), expressions.size());
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

    /**
     * Each metric, of which there must be one, each label that is asked of it or grouped by, and for {@code =} each value
     * of it.
     *
     * @return the metrics
     */
    private static Set<String> requireThere(String expression) {
        String names =
                LABELS.matcher(NO_NAME.matcher(expression).replaceAll("")).replaceAll("");
        Matcher used = USED.matcher(names);
        Set<String> metrics = new TreeSet<>();
        Set<String> labels = new TreeSet<>();
        while (used.find()) {
            if (WORDS.contains(used.group(1))) {
                continue;
            }
            metrics.add(used.group(1));
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
        assertFalse(metrics.isEmpty(), "no metric is asked for by \"" + expression + "\"");
        return metrics;
    }
}
