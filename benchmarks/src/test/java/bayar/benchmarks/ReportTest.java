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
        report.writeLines("in flight", Chart.Scale.LOGARITHMIC, subject -> subject.depth());
        requireSvg();
    }

    @Test
    void whatHasNoLogarithmIsLeftOutOfALogarithmicChartOnly() {
        List<Chart.Line> lines = List.of(new Chart.Line(
                "a line", List.of(new Chart.Point(0, 5), new Chart.Point(10, 0), new Chart.Point(1000, 7000))));
        String linear = Chart.lines("t", "x", "y", Chart.Scale.LINEAR, Chart.Scale.LINEAR, lines);
        String logarithmic = Chart.lines("t", "x", "y", Chart.Scale.LOGARITHMIC, Chart.Scale.LOGARITHMIC, lines);

        assertEquals(3, linear.split("<circle").length - 1);
        assertEquals(1, logarithmic.split("<circle").length - 1);
        for (String svg : List.of(linear, logarithmic)) {
            assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
        }
    }

    @Test
    void anAxisTellsRoundNumbersAndItsEnd() {
        List<Chart.Line> lines = List.of(new Chart.Line(
                "a line", List.of(new Chart.Point(101_888, 180_000), new Chart.Point(1_018_880, 190_000))));
        String svg = Chart.lines("t", "x", "y", Chart.Scale.LINEAR, Chart.Scale.LINEAR, lines);
        for (String label : List.of(">0<", ">250,000<", ">1 M<", ">100,000<", ">200,000<")) {
            assertTrue(svg.contains(label), label + " in " + svg);
        }
        List<Chart.Line> near = List.of(new Chart.Line(
                "a line", List.of(new Chart.Point(1, 1), new Chart.Point(4096, 1), new Chart.Point(5000, 1))));
        String log = Chart.lines("t", "x", "y", Chart.Scale.LOGARITHMIC, Chart.Scale.LINEAR, near);
        assertTrue(log.contains(">5,000<"), log);
        assertFalse(log.contains(">4,096<"), log);
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
