package bayar.benchmarks;

import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** One server over a ledger of ever more payments: how it starts, what it takes, and what it does. */
final class LedgerAges {
    /** At one age: medians of all rounds. */
    private record Age(
            long stored, double startMillis, double perSecond, double p99Micros, double heapBytes, double fileBytes) {}

    private static final int[] STORED = {1_000, 10_000, 100_000, 1_000_000, 10_000_000};

    private final Settings settings;
    private final PrintWriter out;
    private final Lab lab;
    private final Lab.Subject subject;
    private boolean isClean = true;

    LedgerAges(Settings settings, PrintWriter out, Lab lab, Lab.Subject subject) {
        this.settings = settings;
        this.out = out;
        this.lab = lab;
        this.subject = subject;
    }

    boolean run(int most) throws IOException {
        Path directory = lab.newDirectory("server");
        Path ledger = directory.resolve(Contender.LEDGER);
        List<Age> ages = new ArrayList<>();
        out.printf(
                "%nA ledger of ever more payments, over %s, %d x %d%n",
                Scenarios.transport(subject.isWebSocket()), subject.connections(), subject.depth());
        out.printf(
                "%12s %10s %12s %10s %12s %12s%n",
                "stored", "start ms", "payments/s", "p99 us", "heap MB", "file B each");
        Commits commits = new Commits(settings.accounts);
        for (int stored : Arrays.stream(STORED).filter(size -> size <= most).toArray()) {
            grow(ledger, commits, stored);
            Age age = measure(directory, ledger);
            ages.add(age);
            out.printf(
                    Locale.ROOT,
                    "%,12d %,10.0f %,12.0f %,10.0f %12.1f %12.1f%n",
                    age.stored,
                    age.startMillis,
                    age.perSecond,
                    age.p99Micros,
                    age.heapBytes / (1 << 20),
                    age.fileBytes / age.stored);
            out.flush();
        }
        if (ages.size() > 1) {
            Age first = ages.get(0);
            Age last = ages.get(ages.size() - 1);
            out.printf(
                    Locale.ROOT,
                    "each payment stored takes %.1f B of the heap, and %.1f us of the next start%n",
                    (last.heapBytes - first.heapBytes) / (last.stored - first.stored),
                    1000 * (last.startMillis - first.startMillis) / (last.stored - first.stored));
        }
        if (settings.write != null) {
            write(settings.write, ages);
        }
        return isClean;
    }

    private static void grow(Path ledger, Commits commits, int stored) throws IOException {
        boolean isNew = !Files.exists(ledger);
        try (PaymentStore store = SqliteStore.open(ledger)) {
            if (isNew) {
                store.commit(commits.opening());
            }
            commits.fill(store, stored);
        }
    }

    private Age measure(Path directory, Path ledger) throws IOException {
        List<Double> starts = new ArrayList<>();
        List<Double> speeds = new ArrayList<>();
        List<Double> slowest = new ArrayList<>();
        long stored = 0;
        long heap = 0;
        long file = 0;
        for (int round = 0; round < settings.pairs; round++) {
            try (PaymentStore store = SqliteStore.open(ledger)) {
                stored = store.lastSequence();
            }
            file = Report.fileBytes(ledger);
            long began = System.nanoTime();
            try (Server server = lab.start(subject, directory)) {
                starts.add((System.nanoTime() - began) / 1e6);
                heap = server.heapBytes();
                Load.Figures figures = drive(server);
                speeds.add(figures.perSecond());
                slowest.add(figures.micros(99));
            }
        }
        return new Age(
                stored, Scenarios.median(starts), Scenarios.median(speeds), Scenarios.median(slowest), heap, file);
    }

    private Load.Figures drive(Server server) throws IOException {
        try (Load load =
                Load.connect(server.address(), subject.isWebSocket(), subject.connections(), Load.Replies.RECEIPT)) {
            Payments payments = lab.newPayments(subject.mix(), settings.isQuick ? 1_000 : 500_000);
            Load.Figures warm = load.closed(payments, subject.depth(), Lab.seconds(settings.warmUpSeconds));
            payments.prepare((int) Math.min(2e6, 1000 + warm.perSecond() * 1.2 * settings.seconds));
            Load.Figures figures = load.closed(payments, subject.depth(), Lab.seconds(settings.seconds));
            isClean &= warm.errors().isEmpty() && figures.errors().isEmpty();
            return figures;
        }
    }

    private static void write(Path directory, List<Age> ages) throws IOException {
        List<String> csv = new ArrayList<>(List.of("stored,start_ms,payments_per_second,p99_us,heap_bytes,file_bytes"));
        ages.forEach(age -> csv.add(String.format(
                Locale.ROOT,
                "%d,%.0f,%.0f,%.1f,%.0f,%.0f",
                age.stored,
                age.startMillis,
                age.perSecond,
                age.p99Micros,
                age.heapBytes,
                age.fileBytes)));
        List<Chart.Point> speed = ages.stream()
                .map(age -> new Chart.Point(age.stored, age.perSecond))
                .toList();
        List<Chart.Point> start = ages.stream()
                .map(age -> new Chart.Point(age.stored, age.startMillis))
                .toList();
        String x = "payments stored";
        Report.writeFiles(
                directory,
                "scale-stored",
                csv,
                Chart.lines(
                        "Payments stored: payments per second",
                        x,
                        "payments/s",
                        Chart.Scale.LOGARITHMIC,
                        Chart.Scale.LINEAR,
                        List.of(new Chart.Line("Bayar, SQLite", speed))));
        Report.writeFiles(
                directory,
                "scale-stored-start",
                csv,
                Chart.lines(
                        "Payments stored: from the start of the JVM to ready",
                        x,
                        "ms",
                        Chart.Scale.LOGARITHMIC,
                        Chart.Scale.LINEAR,
                        List.of(new Chart.Line("Bayar, SQLite", start))));
    }
}
