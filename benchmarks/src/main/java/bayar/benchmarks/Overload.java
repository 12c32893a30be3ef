package bayar.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Many times what a server keeps up with, by the clock, between two stretches of a usual load: what it still does, for
 * whom, and how soon it is itself again.
 */
final class Overload {
    /** Of what the server keeps up with. */
    static final double NORMAL_LOAD = 0.7;

    private static final double SLICE_SECONDS = 0.25;
    private static final double MEGABYTE = 1 << 20;

    private final Settings settings;
    private final PrintWriter out;
    private final Lab lab;
    private final Lab.Subject subject;

    Overload(Settings settings, PrintWriter out, Lab lab, Lab.Subject subject) {
        this.settings = settings;
        this.out = out;
        this.lab = lab;
        this.subject = subject;
    }

    boolean run(double times) throws IOException, InterruptedException {
        double closed = lab.measure(subject, lab.warmUp(subject)).figures().perSecond();
        Sweep sweep = Sweep.of(lab, subject, settings, closed);
        double kept = sweep.keptPerSecond();
        String transport = Scenarios.transport(subject.isWebSocket());
        out.printf(
                Locale.ROOT,
                "%nOverload over %s, %d connections: %,.0f/s in a closed loop of %d x %d%n",
                transport,
                subject.connections(),
                closed,
                subject.connections(),
                subject.depth());
        sweep.print(out);
        out.printf(
                Locale.ROOT, "by the clock it keeps up with %,.0f/s, %.2f of the closed loop%n%n", kept, kept / closed);
        Server server = lab.server(subject);
        long heapBefore = server.heapBytes();
        List<Load.Step> steps = steps(kept, times);
        List<Load.Figures> figures;
        try (Load load = lab.connect(subject)) {
            Payments payments = lab.payments(subject, (long) ((times + 3) * kept * settings.seconds));
            figures = load.open(payments, settings.depth, steps, Sweep.BUSY);
        }
        tell(times, kept, closed, figures);
        out.printf(
                Locale.ROOT,
                "live heap %.1f MB before and %.1f MB after%n",
                heapBefore / MEGABYTE,
                server.heapBytes() / MEGABYTE);
        out.flush();
        if (settings.write != null) {
            String name = "overload-" + transport;
            Report.writeFiles(
                    settings.write, name + "-sweep", sweep.csv(), sweep.chart("By the clock over " + transport));
            Report.writeCourse(
                    settings.write,
                    name,
                    String.format(
                            Locale.ROOT,
                            "Overload over %s, %.0f times: latency from when it was due",
                            transport,
                            times),
                    steps,
                    figures);
        }
        return sweep.isClean() && figures.stream().allMatch(Load.Figures::hasOnlyUnsent);
    }

    private List<Load.Step> steps(double kept, double times) {
        int slices = (int) Math.ceil(2 * settings.seconds / SLICE_SECONDS);
        List<Load.Step> steps = new ArrayList<>();
        steps.add(new Load.Step(NORMAL_LOAD * kept, Lab.seconds(settings.seconds)));
        steps.add(new Load.Step(times * kept, Lab.seconds(settings.seconds)));
        steps.addAll(Collections.nCopies(slices, new Load.Step(NORMAL_LOAD * kept, Lab.seconds(SLICE_SECONDS))));
        return steps;
    }

    private void tell(double times, double kept, double closed, List<Load.Figures> figures) {
        Load.Figures before = figures.get(0);
        Load.Figures during = figures.get(1);
        List<Load.Figures> after = figures.subList(2, figures.size());
        // Itself again: from here on no slice is slower than twice what was usual, or than 1 ms.
        double usual = Math.max(1000, 2 * before.micros(99));
        int recovered = after.size();
        while (recovered > 0
                && after.get(recovered - 1).micros(99) <= usual
                && after.get(recovered - 1).good() > 0) {
            recovered--;
        }
        double normal = NORMAL_LOAD * kept;
        Sweep.print(out, "at 70 % of that", normal, before);
        Sweep.print(out, String.format(Locale.ROOT, "at %.0f times that", times), times * kept, during);
        Sweep.print(out, "at 70 % again, the end", normal, after.get(after.size() - 1));
        String recovery = recovered < after.size()
                ? String.format(Locale.ROOT, "in %.2f s", recovered * SLICE_SECONDS)
                : "not within the time";
        out.printf(
                Locale.ROOT,
                "goodput %.2f of what it keeps up with, %.2f of the closed loop; p99 times %.1f; recovered %s%n",
                during.perSecond() / kept,
                during.perSecond() / closed,
                during.micros(99) / Math.max(1, before.micros(99)),
                recovery);
    }
}
