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
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** What is measured: most of it as a list of servers under loads. Each tells whether nothing went wrong. */
final class Scenarios {
    private static final int[] CONNECTIONS = {1, 4, 16, 64, 256, 1024, 4096, 10_000};
    private static final int[] ACCOUNTS = {10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000};
    private static final int[] PAYLOADS = {0, 250, 1_000, 4_000};
    private static final int FORCED_BYTES = 4_096;
    private static final double SLICE_SECONDS = 0.25;
    private static final int QUICK = 100;
    private static final int QUICK_STORED = 5_000;
    private static final double QUICK_MINUTES = 0.02;

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

    /** What may grow. */
    enum Axis {
        /** From ten accounts to many. */
        ACCOUNTS,
        /** From payments without metadata to as much as there may be. */
        PAYLOAD,
        /** From one connection to many, each with one payment in flight. */
        CONNECTIONS,
        /** From a young ledger to one of many payments. */
        STORED
    }

    /**
     * Throughput over each of these.
     *
     * @param accounts the most accounts
     * @param stored the most payments stored
     */
    boolean scale(List<Axis> axes, int accounts, int stored, int connections) throws IOException {
        boolean isClean = true;
        for (Axis axis : axes) {
            isClean &= switch (axis) {
                case ACCOUNTS -> accounts(settings.atMost(QUICK, accounts));
                case PAYLOAD -> payload();
                case CONNECTIONS -> connections(connections);
                case STORED -> stored(settings.atMost(2 * QUICK_STORED, stored));
            };
        }
        return isClean;
    }

    private boolean accounts(int most) throws IOException {
        boolean isWebSocket = settings.webSockets().get(0);
        List<Lab.Subject> subjects = Arrays.stream(ACCOUNTS)
                .filter(accounts -> accounts <= most)
                .mapToObj(accounts -> subject(
                        String.format(Locale.ROOT, "%,d accounts", accounts),
                        ours(),
                        isWebSocket,
                        Payments.Mix.uniform(accounts)))
                .toList();
        return line(
                "scale-accounts",
                "Accounts",
                subjects,
                "accounts",
                Chart.Scale.LOGARITHMIC,
                subject -> subject.mix().accounts());
    }

    private boolean payload() throws IOException {
        boolean isWebSocket = settings.webSockets().get(0);
        List<Lab.Subject> subjects = Arrays.stream(PAYLOADS)
                .mapToObj(bytes -> subject(
                        String.format(Locale.ROOT, "%,d B of metadata", bytes),
                        ours(),
                        isWebSocket,
                        settings.mix().payloadBytes(bytes)))
                .toList();
        return line(
                "scale-payload",
                "Payload",
                subjects,
                "bytes of metadata",
                Chart.Scale.LINEAR,
                subject -> subject.mix().payloadBytes());
    }

    private boolean stored(int most) throws IOException {
        try (Lab lab = new Lab(settings, err, "-Xms1g")) {
            Lab.Subject subject = subject(
                    ours().title(), Contender.SQLITE, settings.webSockets().get(0), settings.mix());
            return new LedgerAges(settings, out, lab, subject).run(most);
        }
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
                        Chart.Scale.LOGARITHMIC,
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
                isClean &= new Overload(settings, out, lab, subject).run(times);
            }
        }
        return isClean;
    }

    /** A usual load for a long time. */
    boolean soak(double wanted) throws IOException, InterruptedException {
        double minutes = settings.isQuick ? Math.min(QUICK_MINUTES, wanted) : wanted;
        Lab.Subject subject =
                subject(ours().title(), ours(), settings.webSockets().get(0), settings.mix());
        try (Lab lab = new Lab(settings, err)) {
            return new Soak(settings, out, lab, subject).run(minutes);
        }
    }

    /** What it takes to start a server, and to have one that does nothing. */
    boolean start(int wanted) throws IOException, InterruptedException {
        try (Lab lab = new Lab(settings, err)) {
            return new StartUp(settings, out, lab).run(settings.atMost(QUICK_STORED, wanted));
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
            String name,
            String title,
            List<Lab.Subject> subjects,
            String xTitle,
            Chart.Scale xScale,
            ToDoubleFunction<Lab.Subject> x)
            throws IOException {
        Report report =
                new Report(name, title + " over " + transport(subjects.get(0).isWebSocket()), settings.write, out);
        measure(report, subjects);
        report.writeLines(xTitle, xScale, x);
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

    static String transport(boolean isWebSocket) {
        return isWebSocket ? "ws" : "tcp";
    }

    static double median(List<Double> values) {
        return Report.median(
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray());
    }

    private static Chart.Bar bar(String label, List<Double> values) {
        return new Chart.Bar(label, median(values), Collections.min(values), Collections.max(values));
    }
}
