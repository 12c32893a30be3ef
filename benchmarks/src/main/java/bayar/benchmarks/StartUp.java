package bayar.benchmarks;

import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to have a server: from the start of the JVM to the port that listens and to the first payment answered,
 * threads and processor time while nothing comes, threads under load, and the sizes of the jars.
 */
final class StartUp {
    /** A server to start, again and again, on what is in {@code directory}, or each time on nothing. */
    private record Kind(
            String label, Lab.Subject subject, @Nullable Path directory) {}

    private static final int ACCOUNTS = 100;
    private static final double IDLE_SECONDS = 10;
    private static final double QUICK_IDLE_SECONDS = 0.3;
    private static final double SETTLE_SECONDS = 2;

    private final Settings settings;
    private final PrintWriter out;
    private final Lab lab;
    private final List<String> csv = new ArrayList<>(List.of("server,round,ready_ms,first_answer_ms"));
    private final List<Chart.Bar> bars = new ArrayList<>();
    private boolean isClean = true;

    StartUp(Settings settings, PrintWriter out, Lab lab) {
        this.settings = settings;
        this.out = out;
        this.lab = lab;
    }

    boolean run(int stored) throws IOException, InterruptedException {
        boolean isWebSocket = settings.webSockets().get(0);
        double idleSeconds = settings.isQuick ? QUICK_IDLE_SECONDS : IDLE_SECONDS;
        out.printf(
                Locale.ROOT,
                "%nStart over %s, %d accounts, and %.0f s of nothing to do%n",
                Scenarios.transport(isWebSocket),
                ACCOUNTS,
                idleSeconds);
        out.printf(
                "%-34s %9s %14s | %11s %8s %8s %9s | %8s%n",
                "", "ready ms", "first paid ms", "idle cpu ms", "threads", "of JVM", "memory MB", "at load");
        for (Kind kind : kinds(isWebSocket, stored)) {
            measure(kind, idleSeconds);
        }
        if (settings.write != null) {
            Report.writeFiles(
                    settings.write,
                    "start",
                    csv,
                    Chart.bars("From the start of the JVM to the first payment answered: milliseconds", bars));
        }
        out.printf("%n%-34s %12s %14s  %s%n", "", "jar KB", "with all KB", "what it needs");
        for (Jars.Size size : Jars.sizes()) {
            out.printf(
                    Locale.ROOT,
                    "%-34s %,12.0f %,14.0f  %s%n",
                    size.name(),
                    size.bytes() / 1e3,
                    size.totalBytes() / 1e3,
                    String.join(", ", size.needs()));
        }
        out.flush();
        return isClean;
    }

    private List<Kind> kinds(boolean isWebSocket, int stored) throws IOException {
        List<Kind> kinds = new ArrayList<>();
        kinds.add(new Kind(Contender.ECHO.title(), subject(Contender.ECHO, isWebSocket), null));
        kinds.add(new Kind(Contender.MEMORY.title(), subject(Contender.MEMORY, isWebSocket), null));
        Lab.Subject sqlite = subject(Contender.SQLITE, isWebSocket);
        kinds.add(new Kind(Contender.SQLITE.title() + ", a new ledger", sqlite, null));
        if (stored > 0) {
            lab.say(String.format(Locale.ROOT, "storing %,d payments", stored));
            Path directory = lab.newDirectory("server");
            Commits commits = new Commits(settings.accounts);
            try (PaymentStore store = SqliteStore.open(directory.resolve(Contender.LEDGER))) {
                store.commit(commits.opening());
                commits.fill(store, stored);
            }
            kinds.add(new Kind(String.format(Locale.ROOT, "Bayar, SQLite, %,d payments", stored), sqlite, directory));
        }
        return kinds;
    }

    private Lab.Subject subject(Contender contender, boolean isWebSocket) {
        return new Lab.Subject(
                contender.title(),
                contender,
                isWebSocket,
                settings.connections,
                settings.depth,
                Payments.Mix.uniform(ACCOUNTS));
    }

    private void measure(Kind kind, double idleSeconds) throws IOException, InterruptedException {
        List<Double> ready = new ArrayList<>();
        List<Double> paid = new ArrayList<>();
        Payments payments = lab.newPayments(kind.subject.mix(), 100_000);
        for (int round = 1; round <= settings.pairs; round++) {
            Path directory = kind.directory == null ? lab.newDirectory("server") : kind.directory;
            long began = System.nanoTime();
            try (Server server = lab.start(kind.subject, directory)) {
                ready.add((System.nanoTime() - began) / 1e6);
                payOne(server, kind.subject, payments);
                paid.add((System.nanoTime() - began) / 1e6);
                csv.add(String.format(
                        Locale.ROOT,
                        "\"%s\",%d,%.1f,%.1f",
                        kind.label,
                        round,
                        ready.get(round - 1),
                        paid.get(round - 1)));
                if (round == settings.pairs) {
                    Thread.sleep((long) (1000 * (settings.isQuick ? QUICK_IDLE_SECONDS : SETTLE_SECONDS)));
                    tell(kind, ready, paid, server, idleSeconds, payments);
                }
            }
        }
        bars.add(new Chart.Bar(kind.label, Scenarios.median(paid), Collections.min(paid), Collections.max(paid)));
    }

    private void payOne(Server server, Lab.Subject subject, Payments payments)
            throws IOException, InterruptedException {
        try (Load load = connect(server, subject, 1)) {
            List<Load.Step> one = List.of(new Load.Step(1000, Lab.seconds(0.001)));
            check(load.open(payments, 1, one, Set.of()).get(0));
        }
    }

    private void tell(
            Kind kind, List<Double> ready, List<Double> paid, Server server, double idleSeconds, Payments payments)
            throws IOException, InterruptedException {
        long threads = server.threads();
        long processThreads = server.processThreads();
        double megabytes = server.residentBytes() / 1e6;
        long before = server.cpu().toMillis();
        Thread.sleep((long) (idleSeconds * 1000));
        long idleMillis = server.cpu().toMillis() - before;
        long busyThreads = threadsUnderLoad(server, kind.subject, payments);
        out.printf(
                Locale.ROOT,
                "%-34s %,9.0f %,14.0f | %,11d %8d %8d %,9.0f | %8d%n",
                kind.label,
                Scenarios.median(ready),
                Scenarios.median(paid),
                idleMillis,
                threads,
                processThreads - threads,
                megabytes,
                busyThreads);
        out.flush();
    }

    private long threadsUnderLoad(Server server, Lab.Subject subject, Payments payments) throws IOException {
        double seconds = settings.isQuick ? QUICK_IDLE_SECONDS : SETTLE_SECONDS;
        Executor halfway = CompletableFuture.delayedExecutor((long) (seconds * 500), TimeUnit.MILLISECONDS);
        CompletableFuture<Long> threads = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return server.threads();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                halfway);
        try (Load load = connect(server, subject, subject.connections())) {
            check(load.closed(payments, subject.depth(), Lab.seconds(seconds)));
        }
        return threads.join();
    }

    private static Load connect(Server server, Lab.Subject subject, int connections) throws IOException {
        return Load.connect(
                server.address(),
                subject.isWebSocket(),
                connections,
                subject.contender().replies());
    }

    private void check(Load.Figures figures) {
        isClean &= figures.errors().isEmpty();
        if (!figures.errors().isEmpty()) {
            lab.say("ERRORS: " + figures.errors());
        }
    }
}
