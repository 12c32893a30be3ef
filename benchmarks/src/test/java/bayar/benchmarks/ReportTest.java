package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    private Path directory;

    private final Lab.Subject ours =
            new Lab.Subject("ours & fast", Contender.SQLITE, false, 64, 16, Payments.Mix.USUAL);
    private final Lab.Subject other = new Lab.Subject("other", Contender.HANDWRITTEN, false, 64, 1, Payments.Mix.USUAL);

    @Test
    void tellsMediansAndRatiosRoundByRound() throws Exception {
        StringWriter text = new StringWriter();
        Report report = report(text);
        report.print(ours);

        // Round by round 10/100, 30/200 and 20/400.
        assertTrue(text.toString().contains("0.10 (0.05..0.15)"), text.toString());
        assertTrue(text.toString().matches("(?s).*ours & fast +200 .*"), text.toString());
        assertTrue(report.isClean());
    }

    @Test
    void writesRawFiguresAndCharts() throws Exception {
        Report report = report(new StringWriter());
        report.writeBars();
        assertEquals(7, Files.readAllLines(directory.resolve("test.csv")).size());
        requireSvg();
        report.writeLines("in flight", subject -> subject.depth());
        requireSvg();
    }

    @Test
    void errorsAreShown() {
        StringWriter text = new StringWriter();
        Report report = new Report("test", "Test", null, new PrintWriter(text));
        report.add(ours, List.of(measured(100, Map.of("replayed", 3L))));
        report.print(null);
        assertTrue(text.toString().contains("{replayed=3}"), text.toString());
        assertFalse(report.isClean());
    }

    @Test
    void numbersAreShownWithTheDigitsThatCount() {
        assertEquals("1.23 M", Chart.shown(1_234_567));
        assertEquals("12,346", Chart.shown(12_345.6));
        assertEquals("12.3", Chart.shown(12.34));
        assertEquals("0.123", Chart.shown(0.1234));
        assertEquals("0", Chart.shown(0));
    }

    private void requireSvg() throws Exception {
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(directory.resolve("test.svg").toFile());
    }

    private Report report(StringWriter text) {
        Report report = new Report("test", "Test", directory, new PrintWriter(text));
        report.add(ours, List.of(measured(100, Map.of()), measured(200, Map.of()), measured(400, Map.of())));
        report.add(other, List.of(measured(10, Map.of()), measured(30, Map.of()), measured(20, Map.of())));
        return report;
    }

    private static Lab.Measured measured(long perSecond, Map<String, Long> errors) {
        Histogram latency = new Histogram(1, 1_000_000_000, 3);
        latency.recordValue(1_000_000);
        return new Lab.Measured(
                new Load.Figures(1_000_000_000L, perSecond, latency, Map.of(), new TreeMap<>(errors)), 1, 2, 0.5);
    }
}
