package bayar.benchmarks;

import bayar.BayarException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** What is measured: most of it as a list of servers under loads. Each tells whether nothing went wrong. */
final class Scenarios {
    private static final int[] CONNECTIONS = {1, 4, 16, 64, 256, 1024, 4096, 10_000};
    private static final int[] ACCOUNTS = {10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000};
    private static final int[] PAYLOADS = {0, 250, 1_000, 4_000};
    private static final int FORCED_BYTES = 4_096;
    private static final double NORMAL_LOAD = 0.7;
    private static final double SLICE_SECONDS = 0.25;
    private static final double SOAK_STEP_SECONDS = 10;
    private static final int QUICK = 100;
    private static final int QUICK_STORED = 5_000;
    private static final double QUICK_MINUTES = 0.02;
    private static final double MEGABYTE = 1 << 20;

    private final Settings settings;
    private final PrintWriter out;
    private final PrintWriter err;

    Scenarios(Settings settings, PrintWriter out, PrintWriter err) {
        this.settings = settings;
        this.out = out;
        this.err = err;
    }

    /** All servers side by side. */
    boolean peers() throws IOException {
        boolean isClean = true;
        for (boolean isWebSocket : settings.webSockets()) {
            List<Lab.Subject> subjects = new ArrayList<>();
            for (Contender contender : Contender.values()) {
                boolean isWanted = settings.only == null ? contender.isPeer() : settings.only.contains(contender);
                if (isWanted && contender.speaks(isWebSocket)) {
                    subjects.add(subject(contender.title(), contender, isWebSocket, settings.mix()));
                }
            }
            isClean &= compare("peers", isWebSocket, "Peers", subjects);
        }
        return isClean;
    }

    /** One account that all pay, against accounts that all pay alike. */
    boolean hot() throws IOException {
        boolean isClean = true;
        for (boolean isWebSocket : settings.webSockets()) {
            List<Lab.Subject> subjects = Arrays.stream(Payments.Spread.values())
                    .map(spread -> subject(
                            "accounts " + spread.name().toLowerCase(Locale.ROOT),
                            ours(),
                            isWebSocket,
                            settings.mix().spread(spread)))
                    .toList();
            isClean &= compare("hot", isWebSocket, "One hot account", subjects);
        }
        return isClean;
    }

    /** What it costs to be watched: our engine with monitor and request log, against the same without. */
    boolean monitor() throws IOException {
        boolean isClean = true;
        for (boolean isWebSocket : settings.webSockets()) {
            List<Lab.Subject> subjects = Stream.of(Contender.SQLITE, Contender.SQLITE_MONITORED)
                    .map(contender -> subject(contender.title(), contender, isWebSocket, settings.mix()))
                    .toList();
            isClean &= compare("monitor", isWebSocket, "Monitor and request log", subjects);
        }
        return isClean;
    }

    /** Throughput over the number of accounts, and over the size of a payment. */
    boolean scale(int most) throws IOException {
        int maxAccounts = settings.atMost(QUICK, most);
        boolean isWebSocket = settings.webSockets().get(0);
        List<Lab.Subject> byAccounts = Arrays.stream(ACCOUNTS)
                .filter(accounts -> accounts <= maxAccounts)
                .mapToObj(accounts -> subject(
                        String.format(Locale.ROOT, "%,d accounts", accounts),
                        ours(),
                        isWebSocket,
                        Payments.Mix.uniform(accounts)))
                .toList();
        List<Lab.Subject> byPayload = Arrays.stream(PAYLOADS)
                .mapToObj(bytes -> subject(
                        bytes + " B of metadata",
                        ours(),
                        isWebSocket,
                        settings.mix().payloadBytes(bytes)))
                .toList();
        return line(
                        "scale-accounts",
                        "Accounts",
                        byAccounts,
                        "accounts",
                        subject -> subject.mix().accounts())
                & line(
                        "scale-payload",
                        "Payload",
                        byPayload,
                        "bytes of metadata and 1",
                        subject -> subject.mix().payloadBytes() + 1.0);
    }

    /** Throughput over the number of connections, and what idle ones cost. */
    boolean connections(int wanted) throws IOException {
        int most = settings.atMost(QUICK, wanted);
        boolean isWebSocket = settings.webSockets().get(0);
        List<Lab.Subject> subjects = new ArrayList<>();
        for (Contender contender : List.of(Contender.ECHO, ours())) {
            for (int count : CONNECTIONS) {
                if (count <= most) {
                    String label = String.format(Locale.ROOT, "%s, %,d x 1", contender.title(), count);
                    subjects.add(new Lab.Subject(label, contender, isWebSocket, count, 1, settings.mix()));
                }
            }
        }
        return line(
                        "connections",
                        "Connections",
                        subjects,
                        "connections, one payment in flight on each",
                        subject -> subject.connections())
                & idle(Contender.ECHO, isWebSocket, most)
                & idle(ours(), isWebSocket, most);
    }

    /**
     * With a heap that is there from the start, what the process grows by is what is outside of it, and what is live on it
     * can be told apart from garbage.
     */
    private boolean idle(Contender contender, boolean isWebSocket, int count) throws IOException {
        try (Lab lab = new Lab(settings, err, "-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch")) {
            Lab.Subject one = new Lab.Subject(contender.title(), contender, isWebSocket, 1, 1, settings.mix());
            Lab.Subject many = new Lab.Subject("idle", contender, isWebSocket, count, 1, settings.mix());
            lab.warmUp(one);
            Server server = lab.server(one);
            Lab.Measured alone = lab.measure(one, 0);
            long heap = server.heapBytes();
            long resident = server.residentBytes();
            long cpu = server.cpu().toNanos();
            try (Load idle = lab.connect(many)) {
                cpu = server.cpu().toNanos() - cpu;
                heap = server.heapBytes() - heap;
                resident = server.residentBytes() - resident;
                Lab.Measured beside = lab.measure(one, 0);
                out.printf(
                        Locale.ROOT,
                        "%n%,d idle connections to %s over %s%neach takes %,d B: on the heap %,d B, outside %,d B; and %.0f"
                                + " us of processor time to accept%nround trip p50 without %.1f us, beside them %.1f us, times"
                                + " %.2f%n",
                        count,
                        contender.title(),
                        transport(isWebSocket),
                        (heap + resident) / count,
                        heap / count,
                        resident / count,
                        cpu / 1e3 / count,
                        alone.figures().micros(50),
                        beside.figures().micros(50),
                        beside.figures().micros(50) / alone.figures().micros(50));
                // They must still be of use, each of them.
                Load.Figures woken = idle.closed(lab.payments(many, count), 1, Lab.seconds(SLICE_SECONDS));
                return Stream.of(alone.figures(), beside.figures(), woken)
                        .allMatch(figures -> figures.errors().isEmpty());
            }
        }
    }

    /** One payment at a time, against one force of the disk. */
    boolean latency() throws IOException {
        try (Lab lab = new Lab(settings, err)) {
            boolean isClean = true;
            List<String> csv = new ArrayList<>(List.of("transport,round,force_p50_us,force_p99_us,p50_us,p99_us"));
            List<Chart.Bar> bars = new ArrayList<>();
            Path directory = lab.newDirectory("force");
            out.printf("%nOne payment at a time, against one write and force of %,d B%n", FORCED_BYTES);
            out.printf(
                    "%-6s %14s %10s %10s  %-20s %s%n",
                    "", "force p50 us", "p50 us", "p99 us", "times", "over 1.2 forces");
            for (boolean isWebSocket : settings.webSockets()) {
                Lab.Subject subject = new Lab.Subject("1 x 1", ours(), isWebSocket, 1, 1, settings.mix());
                lab.warmUp(subject);
                List<Double> forces = new ArrayList<>();
                List<Double> payments = new ArrayList<>();
                List<Double> slowest = new ArrayList<>();
                List<Double> ratios = new ArrayList<>();
                for (int round = 1; round <= settings.pairs; round++) {
                    Histogram force = StoreSpeed.forces(directory, FORCED_BYTES, (int) (settings.seconds * 200) + 10);
                    Load.Figures figures = lab.measure(subject, 2000).figures();
                    isClean &= figures.errors().isEmpty();
                    forces.add(force.getValueAtPercentile(50) / 1e3);
                    payments.add(figures.micros(50));
                    slowest.add(figures.micros(99));
                    ratios.add(figures.micros(50) / forces.get(round - 1));
                    csv.add(String.format(
                            Locale.ROOT,
                            "%s,%d,%.1f,%.1f,%.1f,%.1f",
                            transport(isWebSocket),
                            round,
                            forces.get(round - 1),
                            force.getValueAtPercentile(99) / 1e3,
                            figures.micros(50),
                            figures.micros(99)));
                }
                bars.add(bar("one force", forces));
                bars.add(bar("a payment over " + transport(isWebSocket), payments));
                out.printf(
                        Locale.ROOT,
                        "%-6s %,14.0f %,10.0f %,10.0f  %.2f (%.2f..%.2f)    %,.0f us%n",
                        transport(isWebSocket),
                        median(forces),
                        median(payments),
                        median(slowest),
                        median(ratios),
                        Collections.min(ratios),
                        Collections.max(ratios),
                        median(payments) - 1.2 * median(forces));
                out.flush();
            }
            write("latency", csv, Chart.bars("One payment at a time: microseconds, p50", bars));
            return isClean;
        }
    }

    /** Far more than the server can do: what it still does, for whom, and how soon it is itself again. */
    boolean overload(double wanted) throws IOException, InterruptedException {
        double times = settings.isQuick ? Math.min(2, wanted) : wanted;
        boolean isClean = true;
        for (boolean isWebSocket : settings.webSockets()) {
            Lab.Subject subject = subject(ours().title(), ours(), isWebSocket, settings.mix());
            try (Lab lab = new Lab(settings, err)) {
                isClean &= overload(lab, subject, times);
            }
        }
        return isClean;
    }

    private boolean overload(Lab lab, Lab.Subject subject, double times) throws IOException, InterruptedException {
        double capacity = lab.measure(subject, lab.warmUp(subject)).figures().perSecond();
        Server server = lab.server(subject);
        long heapBefore = server.heapBytes();
        double normal = NORMAL_LOAD * capacity;
        int slices = (int) Math.ceil(2 * settings.seconds / SLICE_SECONDS);
        List<Load.Step> steps = new ArrayList<>();
        steps.add(new Load.Step(normal, Lab.seconds(settings.seconds)));
        steps.add(new Load.Step(times * capacity, Lab.seconds(settings.seconds)));
        steps.addAll(Collections.nCopies(slices, new Load.Step(normal, Lab.seconds(SLICE_SECONDS))));
        List<Load.Figures> figures;
        try (Load load = lab.connect(subject)) {
            figures = load.open(
                    lab.payments(subject, (long) ((times + 3) * capacity * settings.seconds)), steps, Set.of("busy"));
        }
        long heapAfter = server.heapBytes();
        Load.Figures before = figures.get(0);
        Load.Figures during = figures.get(1);
        List<Load.Figures> after = figures.subList(2, figures.size());
        // Itself again: from here on no slice is slower than twice what was usual, or than 1 ms.
        double usual = Math.max(1000, 2 * before.micros(99));
        int recovered = slices;
        while (recovered > 0
                && after.get(recovered - 1).micros(99) <= usual
                && after.get(recovered - 1).good() > 0) {
            recovered--;
        }
        out.printf(
                Locale.ROOT,
                "%nOverload over %s, %d connections: capacity %,.0f/s in a closed loop of %d x %d%n",
                transport(subject.isWebSocket()),
                subject.connections(),
                capacity,
                subject.connections(),
                subject.depth());
        out.printf(
                "%-22s %11s %11s %11s %11s %10s %10s%n",
                "", "offered/s", "good/s", "busy/s", "not sent/s", "p50 us", "p99 us");
        print("at 70 %", normal, before);
        print(String.format(Locale.ROOT, "at %.0f times", times), times * capacity, during);
        print("at 70 % again, the end", normal, after.get(slices - 1));
        boolean hasRecovered = recovered < slices;
        out.printf(
                Locale.ROOT,
                "goodput %.2f of capacity, p99 times %.1f, recovered %s, live heap %.1f MB before and %.1f MB after%n",
                during.perSecond() / capacity,
                during.micros(99) / Math.max(1, before.micros(99)),
                hasRecovered
                        ? String.format(Locale.ROOT, "in %.2f s", recovered * SLICE_SECONDS)
                        : "not within the time",
                heapBefore / MEGABYTE,
                heapAfter / MEGABYTE);
        out.flush();
        writeCourse("overload-" + transport(subject.isWebSocket()), "Overload", steps, figures);
        return figures.stream().allMatch(Scenarios::hasOnlyUnsent);
    }

    private void print(String label, double offered, Load.Figures figures) {
        double seconds = figures.nanos() / 1e9;
        out.printf(
                Locale.ROOT,
                "%-22s %,11.0f %,11.0f %,11.0f %,11.0f %,10.0f %,10.0f%n",
                label,
                offered,
                figures.perSecond(),
                figures.otherAnswers() / seconds,
                figures.notSent() / seconds,
                figures.micros(50),
                figures.micros(99));
    }

    /** What a server does not read in time, nobody could send. */
    private static boolean hasOnlyUnsent(Load.Figures figures) {
        return figures.errors().keySet().stream().allMatch(error -> error.startsWith(Load.NOT_SENT));
    }

    /** A usual load for a long time. */
    boolean soak(double wanted) throws IOException, InterruptedException {
        double minutes = settings.isQuick ? Math.min(QUICK_MINUTES, wanted) : wanted;
        Lab.Subject subject =
                subject(ours().title(), ours(), settings.webSockets().get(0), settings.mix());
        try (Lab lab = new Lab(settings, err)) {
            double normal = NORMAL_LOAD
                    * lab.measure(subject, lab.warmUp(subject)).figures().perSecond();
            Server server = lab.server(subject);
            long heapBefore = server.heapBytes();
            double stepSeconds = Math.min(SOAK_STEP_SECONDS, minutes * 60 / 4);
            int count = (int) Math.max(4, Math.round(minutes * 60 / stepSeconds));
            List<Load.Step> steps = Collections.nCopies(count, new Load.Step(normal, Lab.seconds(stepSeconds)));
            List<Load.Figures> figures;
            long residentBefore = server.residentBytes();
            try (Load load = lab.connect(subject)) {
                figures = load.open(lab.payments(subject, (long) (normal * stepSeconds * count)), steps, Set.of());
            }
            long residentAfter = server.residentBytes();
            out.printf(
                    Locale.ROOT,
                    "%nSoak: %,.0f/s over %s for %.1f minutes%n",
                    normal,
                    transport(subject.isWebSocket()),
                    minutes);
            for (int quarter = 0; quarter < 4; quarter++) {
                List<Load.Figures> some = figures.subList(count * quarter / 4, count * (quarter + 1) / 4);
                out.printf(
                        Locale.ROOT,
                        "quarter %d: %,.0f/s, p99 of %.0f s: median %,.0f us, worst %,.0f us%n",
                        quarter + 1,
                        some.stream()
                                .mapToDouble(Load.Figures::perSecond)
                                .average()
                                .orElse(0),
                        stepSeconds,
                        median(some.stream().map(step -> step.micros(99)).toList()),
                        some.stream().mapToDouble(step -> step.micros(99)).max().orElse(0));
            }
            List<Load.Figures> wrong =
                    figures.stream().filter(step -> !step.errors().isEmpty()).toList();
            out.printf(
                    Locale.ROOT,
                    "live heap %.1f MB before and %.1f MB after, process memory %.0f MB and %.0f MB, errors %s%n",
                    heapBefore / MEGABYTE,
                    server.heapBytes() / MEGABYTE,
                    residentBefore / MEGABYTE,
                    residentAfter / MEGABYTE,
                    wrong.isEmpty() ? "none" : wrong.get(0).errors().toString());
            out.flush();
            writeCourse("soak", "Soak", steps, figures);
            return wrong.isEmpty();
        }
    }

    /** The store alone. */
    boolean store(int wanted) throws IOException {
        int stored = settings.atMost(QUICK_STORED, wanted);
        try (Lab lab = new Lab(settings, err)) {
            new StoreSpeed(settings, out).batches(lab.newDirectory("store"));
            if (stored > 0) {
                new StoreSpeed(settings, out).growth(lab.newDirectory("store"), stored);
            }
        }
        return true;
    }

    private void writeCourse(String name, String title, List<Load.Step> steps, List<Load.Figures> figures)
            throws IOException {
        List<String> csv = new ArrayList<>(
                List.of("from_second,offered_per_second,good_per_second,other_answers,not_sent,p50_us,p99_us"));
        List<Chart.Point> points = new ArrayList<>();
        double second = 0;
        for (int i = 0; i < steps.size(); i++) {
            Load.Figures step = figures.get(i);
            csv.add(String.format(
                    Locale.ROOT,
                    "%.2f,%.0f,%.0f,%d,%d,%.1f,%.1f",
                    second,
                    steps.get(i).perSecond(),
                    step.perSecond(),
                    step.otherAnswers(),
                    step.notSent(),
                    step.micros(50),
                    step.micros(99)));
            points.add(new Chart.Point(second, step.micros(99) / 1e3));
            second += steps.get(i).duration().toNanos() / 1e9;
        }
        write(name, csv, Chart.lines(title + ": p99", "seconds", "ms", false, List.of(new Chart.Line("p99", points))));
    }

    private void write(String name, List<String> csv, String svg) throws IOException {
        if (settings.write != null) {
            Report.writeFiles(settings.write, name, csv, svg);
        }
    }

    private boolean compare(String name, boolean isWebSocket, String title, List<Lab.Subject> subjects)
            throws IOException {
        String load = settings.connections + "x" + settings.depth;
        Report report = new Report(
                name + "-" + transport(isWebSocket) + "-" + load,
                title + " over " + transport(isWebSocket) + ", " + load.replace("x", " x "),
                settings.write,
                out);
        measure(report, subjects);
        report.writeBars();
        return report.isClean();
    }

    private boolean line(
            String name, String title, List<Lab.Subject> subjects, String xTitle, ToDoubleFunction<Lab.Subject> x)
            throws IOException {
        Report report =
                new Report(name, title + " over " + transport(subjects.get(0).isWebSocket()), settings.write, out);
        measure(report, subjects);
        report.writeLines(xTitle, x);
        return report.isClean();
    }

    private void measure(Report report, List<Lab.Subject> subjects) throws IOException {
        if (subjects.isEmpty()) {
            throw new BayarException("none of the servers in --only speaks this transport");
        }
        Lab.Subject reference = subjects.stream()
                .filter(subject -> subject.contender() == ours())
                .findFirst()
                .orElse(subjects.get(0));
        try (Lab lab = new Lab(settings, err)) {
            Map<Lab.Subject, List<Lab.Measured>> results = lab.compare(subjects);
            subjects.forEach(subject -> report.add(subject, results.get(subject)));
            report.print(reference);
        }
    }

    private Lab.Subject subject(String label, Contender contender, boolean isWebSocket, Payments.Mix mix) {
        return new Lab.Subject(label, contender, isWebSocket, settings.connections, settings.depth, mix);
    }

    /** The server of the scenarios that measure one: our engine with SQLite, or the first that {@code --only} names. */
    private Contender ours() {
        List<Contender> only = settings.only;
        return only == null || only.contains(Contender.SQLITE) ? Contender.SQLITE : only.get(0);
    }

    private static String transport(boolean isWebSocket) {
        return isWebSocket ? "ws" : "tcp";
    }

    private static double median(List<Double> values) {
        return Report.median(
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray());
    }

    private static Chart.Bar bar(String label, List<Double> values) {
        return new Chart.Bar(label, median(values), Collections.min(values), Collections.max(values));
    }
}
