package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.store.MemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.hawkular.agent.prometheus.text.TextPrometheusMetricDataParser;
import org.hawkular.agent.prometheus.types.Histogram;
import org.hawkular.agent.prometheus.types.MetricFamily;
import org.hawkular.agent.prometheus.types.MetricType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether those that Prometheus is written by, or for, can read what the monitor tells, and the rules for it. */
@Timeout(120)
class ScrapeFormatTest {
    private static final Path RULES = Path.of("..", "docs", "monitoring");

    @TempDir
    Path directory;

    /** By a parser that others have written; this one runs everywhere. */
    @Test
    void aScrapeIsReadByAParserOfOthers() throws IOException {
        TextPrometheusMetricDataParser parser =
                new TextPrometheusMetricDataParser(new ByteArrayInputStream(scrape().getBytes(StandardCharsets.UTF_8)));
        Set<String> names = new HashSet<>();
        for (MetricFamily family = parser.parse(); family != null; family = parser.parse()) {
            assertTrue(names.add(family.getName()), "twice: " + family.getName());
            assertTrue(family.getHelp() != null, family.getName());
            if (family.getName().equals("bayar_payment_duration_seconds")) {
                assertEquals(MetricType.HISTOGRAM, family.getType());
                Histogram histogram = (Histogram) family.getMetrics().get(0);
                assertEquals(15, histogram.getBuckets().size());
                assertTrue(histogram.getSampleCount() > 0);
            }
        }
        assertTrue(names.size() > 40, names.toString());
    }

    /** By Prometheus' own tool, where it is there. */
    @Test
    void promtoolFindsNoFaultWithAScrape() throws Exception {
        Path file = directory.resolve("scrape.txt");
        Files.writeString(file, scrape());
        promtool(file, "check", "metrics");
    }

    @Test
    void promtoolFindsNoFaultWithTheAlertsAndTheyAlertWhenTheyShould() throws Exception {
        Path nothing = Files.createFile(directory.resolve("nothing"));
        promtool(nothing, "check", "rules", RULES.resolve("alerts.yml").toString());
        promtool(nothing, "test", "rules", RULES.resolve("alerts-test.yml").toString());
    }

    private void promtool(Path input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectInput(input.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "there is no promtool here; Debian has it in the package prometheus");
            return;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), said);
    }

    private static String scrape() {
        Monitor monitor = Monitor.builder().build();
        try (Shop shop = new Shop(new MemoryStore(), monitor)) {
            shop.trade();
            return monitor.scrape();
        }
    }
}
