package bayar.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * A usual load, 70 percent of what the server keeps up with by the clock, for a long time: a line each minute, and at the
 * end whether memory or waiting grow.
 */
final class Soak {
    /** One minute, as it was when it was over. */
    private record Minute(double end, Load.Figures figures, double heapMegabytes, double residentMegabytes) {}

    private static final double STEP_SECONDS = 60;
    private static final int FEWEST_STEPS = 4;
    private static final double MEGABYTE = 1 << 20;
    /** What may be growth and may be chance, over the whole run: of what was live before, or this much. */
    private static final double HEAP_SHARE = 0.2;

    private static final double HEAP_MEGABYTES = 16;
    /** What the store's index of ids takes of the heap for each payment at most, as its documents say: that is no leak. */
    private static final double INDEX_BYTES = 19;

    /** The same of the median. */
    private static final double P99_SHARE = 0.5;

    private static final double P99_MICROS = 1000;

    private final Settings settings;
    private final PrintWriter out;
    private final Lab lab;
    private final Lab.Subject subject;
    private final List<Minute> minutes = new ArrayList<>();

    Soak(Settings settings, PrintWriter out, Lab lab, Lab.Subject subject) {
        this.settings = settings;
        this.out = out;
        this.lab = lab;
        this.subject = subject;
    }

    boolean run(double wanted) throws IOException, InterruptedException {
        double closed = lab.measure(subject, lab.warmUp(subject)).figures().perSecond();
        double perSecond =
                Overload.NORMAL_LOAD * Sweep.of(lab, subject, settings, closed).keptPerSecond();
        double stepSeconds = Math.min(STEP_SECONDS, wanted * 60 / FEWEST_STEPS);
        int count = (int) Math.max(FEWEST_STEPS, Math.round(wanted * 60 / stepSeconds));
        List<Load.Step> steps = Collections.nCopies(count, new Load.Step(perSecond, Lab.seconds(stepSeconds)));
        out.printf(
                Locale.ROOT,
                "%nSoak: %,.0f/s over %s for %.1f minutes%n",
                perSecond,
                Scenarios.transport(subject.isWebSocket()),
                wanted);
        out.printf(
                "%8s %11s %9s %9s %9s %10s %10s %10s  %s%n",
                "minute", "good/s", "p50 us", "p99", "p99.9", "max", "heap MB", "memory MB", "errors");
        Server server = lab.server(subject);
        long liveBefore = server.heapBytes();
        server.leastHeapBytes();
        List<Load.Figures> figures;
        ExecutorService watcher = Executors.newSingleThreadExecutor();
        try (Load load = lab.connect(subject)) {
            Payments payments = lab.payments(subject, (long) (perSecond * stepSeconds * count));
            figures = load.open(
                    payments,
                    settings.depth,
                    steps,
                    Sweep.BUSY,
                    (step, each) -> watcher.execute(() -> look(server, (step + 1) * stepSeconds / 60, each)));
        } finally {
            watcher.shutdown();
            watcher.awaitTermination(1, TimeUnit.MINUTES);
        }
        for (int i = minutes.size(); i < count; i++) {
            look(server, (i + 1) * stepSeconds / 60, figures.get(i));
        }
        long paid = figures.stream().mapToLong(Load.Figures::good).sum();
        boolean isSteady = tellVerdict(liveBefore, server.heapBytes(), paid);
        if (settings.write != null) {
            Report.writeCourse(settings.write, "soak", "Soak: latency from when it was due", steps, figures);
            writeMemory();
        }
        return figures.stream().allMatch(step -> wrong(step).isEmpty()) && (isSteady || settings.isQuick);
    }

    private void look(Server server, double end, Load.Figures figures) {
        try {
            Minute minute =
                    new Minute(end, figures, server.leastHeapBytes() / MEGABYTE, server.residentBytes() / MEGABYTE);
            minutes.add(minute);
            out.printf(
                    Locale.ROOT,
                    "%8.2f %,11.0f %,9.0f %,9.0f %,9.0f %,10.0f %10.1f %10.1f  %s%n",
                    end,
                    figures.perSecond(),
                    figures.micros(50),
                    figures.micros(99),
                    figures.micros(99.9),
                    figures.micros(100),
                    minute.heapMegabytes,
                    minute.residentMegabytes,
                    wrong(figures).isEmpty() ? "none" : wrong(figures));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** At this load nothing is to be refused either. */
    private static Map<String, Long> wrong(Load.Figures figures) {
        Map<String, Long> wrong = new TreeMap<>(figures.errors());
        wrong.putAll(figures.answers());
        return wrong;
    }

    private boolean tellVerdict(long liveBefore, long liveAfter, long paid) {
        double p99Slope = slope(minutes, minute -> minute.figures.micros(99));
        double p99 = Scenarios.median(
                minutes.stream().map(minute -> minute.figures.micros(99)).toList());
        boolean heapGrows = heapGrows(liveBefore, liveAfter, paid);
        boolean p99Grows = p99Slope * minutes.get(minutes.size() - 1).end > Math.max(P99_SHARE * p99, P99_MICROS);
        out.printf(
                Locale.ROOT,
                "verdict: live heap %.1f MB before and %.1f MB after %,d payments, %.1f B for each, its place in the index of"
                        + " ids included: %s; p99 %,.0f us, %+.1f us a minute: %s%n",
                liveBefore / MEGABYTE,
                liveAfter / MEGABYTE,
                paid,
                (double) (liveAfter - liveBefore) / Math.max(1, paid),
                heapGrows ? "GROWS" : "steady",
                p99,
                p99Slope,
                p99Grows ? "GROWS" : "steady");
        out.flush();
        return !heapGrows && !p99Grows;
    }

    /** Whether more is live behind {@code paid} payments than the index of ids and chance explain. */
    static boolean heapGrows(long liveBefore, long liveAfter, long paid) {
        double allowed = INDEX_BYTES * paid + Math.max(HEAP_SHARE * liveBefore, HEAP_MEGABYTES * MEGABYTE);
        return liveAfter - liveBefore > allowed;
    }

    /** By least squares, for each minute. */
    private static double slope(List<Minute> minutes, ToDoubleFunction<Minute> what) {
        double meanX = minutes.stream().mapToDouble(Minute::end).average().orElse(0);
        double meanY = minutes.stream().mapToDouble(what).average().orElse(0);
        double products = 0;
        double squares = 0;
        for (Minute minute : minutes) {
            products += (minute.end - meanX) * (what.applyAsDouble(minute) - meanY);
            squares += (minute.end - meanX) * (minute.end - meanX);
        }
        return squares == 0 ? 0 : products / squares;
    }

    private void writeMemory() throws IOException {
        List<String> csv = new ArrayList<>(List.of("minute,heap_after_collection_mb,process_memory_mb"));
        Chart.Line heap = new Chart.Line("heap after collection", new ArrayList<>());
        Chart.Line resident = new Chart.Line("process", new ArrayList<>());
        for (Minute minute : minutes) {
            csv.add(String.format(
                    Locale.ROOT, "%.2f,%.1f,%.1f", minute.end, minute.heapMegabytes, minute.residentMegabytes));
            heap.points().add(new Chart.Point(minute.end, minute.heapMegabytes));
            resident.points().add(new Chart.Point(minute.end, minute.residentMegabytes));
        }
        if (settings.write != null) {
            Report.writeFiles(
                    settings.write,
                    "soak-memory",
                    csv,
                    Chart.lines(
                            "Soak: memory",
                            "minutes",
                            "MB",
                            Chart.Scale.LINEAR,
                            Chart.Scale.LINEAR,
                            List.of(heap, resident)));
        }
    }
}
