package bayar.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The figures of one scenario: a table for people, and where it is wanted raw figures as CSV and a chart as SVG. */
final class Report {
    private static final String CSV_HEAD = "server,transport,connections,depth,accounts,spread,payload_bytes,round,"
            + "payments_per_second,p50_us,p90_us,p99_us,p999_us,max_us,server_cpu_us,server_allocated_bytes,"
            + "generator_share,errors";

    private record Row(Lab.Subject subject, List<Lab.Measured> rounds) {}

    private final String name;
    private final String title;
    private final @Nullable Path directory;
    private final PrintWriter out;
    private final List<Row> rows = new ArrayList<>();

    /** @param directory where to write files; null for none */
    Report(String name, String title, @Nullable Path directory, PrintWriter out) {
        this.name = name;
        this.title = title;
        this.directory = directory;
        this.out = out;
    }

    void add(Lab.Subject subject, List<Lab.Measured> rounds) {
        rows.add(new Row(subject, rounds));
    }

    /** Whether nothing went wrong in any measurement. */
    boolean isClean() {
        return rows.stream()
                .flatMap(row -> row.rounds.stream())
                .allMatch(measured -> measured.figures().errors().isEmpty());
    }

    /** Prints medians of all rounds, and how many times {@code reference} each is, round by round. */
    void print(Lab.@Nullable Subject reference) {
        out.println();
        out.println(title);
        out.printf(
                Locale.ROOT,
                "%-34s %11s  %-22s %8s %8s %8s %8s %8s %7s %7s %5s  %s%n",
                "",
                "payments/s",
                reference == null ? "" : "times (min..max)",
                "p50 us",
                "p90",
                "p99",
                "p99.9",
                "max",
                "cpu us",
                "alloc B",
                "gen",
                "errors");
        List<Lab.Measured> base = rows.stream()
                .filter(row -> row.subject.equals(reference))
                .map(Row::rounds)
                .findFirst()
                .orElse(List.of());
        for (Row row : rows) {
            out.printf(
                    Locale.ROOT,
                    "%-34s %,11.0f  %-22s %,8.0f %,8.0f %,8.0f %,8.0f %,8.0f %7.2f %,7.0f %4.0f%%  %s%n",
                    row.subject.label(),
                    median(row, measured -> measured.figures().perSecond()),
                    ratios(row.rounds, base),
                    median(row, measured -> measured.figures().micros(50)),
                    median(row, measured -> measured.figures().micros(90)),
                    median(row, measured -> measured.figures().micros(99)),
                    median(row, measured -> measured.figures().micros(99.9)),
                    median(row, measured -> measured.figures().micros(100)),
                    median(row, Lab.Measured::cpuMicros),
                    median(row, Lab.Measured::allocatedBytes),
                    100 * median(row, Lab.Measured::generatorShare),
                    errors(row.rounds));
        }
        out.flush();
    }

    private static String ratios(List<Lab.Measured> rounds, List<Lab.Measured> base) {
        if (base.isEmpty()) {
            return "";
        }
        double[] ratios = new double[Math.min(rounds.size(), base.size())];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = rounds.get(i).figures().perSecond()
                    / Math.max(1, base.get(i).figures().perSecond());
        }
        Arrays.sort(ratios);
        return String.format(Locale.ROOT, "%.2f (%.2f..%.2f)", median(ratios), ratios[0], ratios[ratios.length - 1]);
    }

    private static String errors(List<Lab.Measured> rounds) {
        List<String> errors = rounds.stream()
                .map(measured -> measured.figures().errors())
                .filter(map -> !map.isEmpty())
                .map(Object::toString)
                .toList();
        return errors.isEmpty() ? "none" : errors.toString();
    }

    private static double median(Row row, ToDoubleFunction<Lab.Measured> what) {
        return median(row.rounds.stream().mapToDouble(what).sorted().toArray());
    }

    /** The middle one of sorted values, or the mean of the two in the middle. */
    static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Writes the raw figures and a bar for each subject. */
    void writeBars() throws IOException {
        write(Chart.bars(
                title + ": payments per second",
                rows.stream()
                        .map(row -> new Chart.Bar(
                                row.subject.label(),
                                median(row, measured -> measured.figures().perSecond()),
                                row.rounds.stream()
                                        .mapToDouble(
                                                measured -> measured.figures().perSecond())
                                        .min()
                                        .orElse(0),
                                row.rounds.stream()
                                        .mapToDouble(
                                                measured -> measured.figures().perSecond())
                                        .max()
                                        .orElse(0)))
                        .toList()));
    }

    /** Writes the raw figures and a line over {@code x}, one for each server that was measured. */
    void writeLines(String xTitle, Chart.Scale xScale, ToDoubleFunction<Lab.Subject> x) throws IOException {
        List<Chart.Line> lines = rows.stream()
                .map(row -> row.subject.contender().title())
                .distinct()
                .map(server -> new Chart.Line(
                        server,
                        rows.stream()
                                .filter(row -> row.subject.contender().title().equals(server))
                                .map(row -> new Chart.Point(
                                        x.applyAsDouble(row.subject),
                                        median(
                                                row,
                                                measured -> measured.figures().perSecond())))
                                .toList()))
                .toList();
        write(Chart.lines(title, xTitle, "payments/s", xScale, Chart.Scale.LINEAR, lines));
    }

    private void write(String svg) throws IOException {
        if (directory == null) {
            return;
        }
        List<String> lines = new ArrayList<>(List.of(CSV_HEAD));
        for (Row row : rows) {
            for (int round = 0; round < row.rounds.size(); round++) {
                lines.add(csv(row.subject, round + 1, row.rounds.get(round)));
            }
        }
        writeFiles(directory, name, lines, svg);
    }

    /** Writes how an open loop went, step by step, and draws the step's p99. */
    static void writeCourse(
            Path directory, String name, String title, List<Load.Step> steps, List<Load.Figures> figures)
            throws IOException {
        List<String> csv = new ArrayList<>(
                List.of("from_second,offered_per_second,good_per_second,other_answers,not_sent,p50_us,p99_us,p999_us"));
        Chart.Line p50 = new Chart.Line("p50", new ArrayList<>());
        Chart.Line p99 = new Chart.Line("p99", new ArrayList<>());
        double second = 0;
        for (int i = 0; i < steps.size(); i++) {
            Load.Figures step = figures.get(i);
            csv.add(String.format(
                    Locale.ROOT,
                    "%.2f,%.0f,%.0f,%d,%d,%.1f,%.1f,%.1f",
                    second,
                    steps.get(i).perSecond(),
                    step.perSecond(),
                    step.otherAnswers(),
                    step.notSent(),
                    step.micros(50),
                    step.micros(99),
                    step.micros(99.9)));
            double end = second + steps.get(i).duration().toNanos() / 1e9;
            for (double at : new double[] {second, end}) {
                p50.points().add(new Chart.Point(at, step.micros(50) / 1e3));
                p99.points().add(new Chart.Point(at, step.micros(99) / 1e3));
            }
            second = end;
        }
        writeFiles(
                directory,
                name,
                csv,
                Chart.lines(title, "seconds", "ms", Chart.Scale.LINEAR, Chart.Scale.LOGARITHMIC, List.of(p99, p50)));
    }

    /** Writes what a scenario has measured that is no {@link Lab.Measured}. */
    static void writeFiles(Path directory, String name, List<String> csv, String svg) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve(name + ".csv"), csv);
        Files.writeString(directory.resolve(name + ".svg"), svg);
    }

    /** How large the files in this directory are together. */
    static long fileBytes(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private static String csv(Lab.Subject subject, int round, Lab.Measured measured) {
        Load.Figures figures = measured.figures();
        return String.format(
                Locale.ROOT,
                "%s,%s,%d,%d,%d,%s,%d,%d,%.0f,%.1f,%.1f,%.1f,%.1f,%.1f,%.2f,%.0f,%.2f,%s",
                subject.contender().name().toLowerCase(Locale.ROOT),
                subject.isWebSocket() ? "ws" : "tcp",
                subject.connections(),
                subject.depth(),
                subject.mix().accounts(),
                subject.mix().spread().name().toLowerCase(Locale.ROOT),
                subject.mix().payloadBytes(),
                round,
                figures.perSecond(),
                figures.micros(50),
                figures.micros(90),
                figures.micros(99),
                figures.micros(99.9),
                figures.micros(100),
                measured.cpuMicros(),
                measured.allocatedBytes(),
                measured.generatorShare(),
                figures.errors().values().stream().mapToLong(Long::longValue).sum());
    }
}
