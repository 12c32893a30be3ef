package bayar.benchmarks;

import bayar.BayarException;
import bayar.auth.Algorithm;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where servers are measured: starts each once, in a process of its own, drives them in turn, and ends them all when it is
 * closed.
 */
final class Lab implements AutoCloseable {
    /**
     * What is measured: a server under a load.
     *
     * @param label its name in tables
     */
    record Subject(
            String label, Contender contender, boolean isWebSocket, int connections, int depth, Payments.Mix mix) {}

    /**
     * One measurement.
     *
     * @param cpuMicros the server's processor time for each good answer
     * @param allocatedBytes what the server allocated for each
     * @param generatorShare of one processor that the generator used
     */
    record Measured(Load.Figures figures, double cpuMicros, double allocatedBytes, double generatorShare) {
        static final Comparator<Measured> BY_SPEED =
                Comparator.comparingDouble(measured -> measured.figures().perSecond());
    }

    private static final String KID = "bench";
    private static final int MAX_PREPARED = 4_000_000;
    private static final double SPARE = 1.3;
    private static final double SETTLE_SECONDS = 0.5;

    private record Place(Contender contender, boolean isWebSocket, int accounts) {}

    private final Settings settings;
    private final List<String> serverJava = new ArrayList<>();
    private final PrintWriter err;
    private final Path directory;
    private final Path keys;
    private final Signer signer;
    private final Map<Place, Server> servers = new HashMap<>();
    private final Map<Payments.Mix, Payments> payments = new HashMap<>();
    /** The servers that have got these payments since they were prepared. */
    private final Map<Payments, Set<Server>> sentTo = new HashMap<>();

    private final Thread hook = new Thread(this::clear, "bench-end");

    /** @param serverJava options for the servers' JVMs, behind those of the settings */
    Lab(Settings settings, PrintWriter err, String... serverJava) throws IOException {
        this.settings = settings;
        this.serverJava.addAll(settings.serverJava);
        this.serverJava.addAll(List.of(serverJava));
        this.err = err;
        Path parent = settings.directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : settings.directory;
        this.directory = Files.createTempDirectory(Files.createDirectories(parent), "bayar-bench");
        this.keys = directory.resolve("keys.json");
        KeyFile.add(keys, KID, "bench", Algorithm.HS256, List.of("a-*"), new SecureRandom());
        this.signer = Signer.of(KeySet.load(keys), KID);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A directory of its own for whoever asks. */
    Path newDirectory(String name) throws IOException {
        return Files.createTempDirectory(directory, name);
    }

    /** A server of its own on what is in {@code directory}, which whoever asks closes. */
    Server start(Subject subject, Path ledgerDirectory) throws IOException {
        return Server.start(
                subject.contender(),
                new Contender.Setup(subject.isWebSocket(), keys, subject.mix().accounts(), ledgerDirectory),
                serverJava);
    }

    /** Payments that no server has seen. */
    Payments newPayments(Payments.Mix mix, int count) {
        Payments fresh = new Payments(signer, mix);
        fresh.prepare(count);
        return fresh;
    }

    /** The server that this is measured on, started if it is not running. */
    Server server(Subject subject) throws IOException {
        Place place = new Place(
                subject.contender(), subject.isWebSocket(), subject.mix().accounts());
        Server server = servers.get(place);
        if (server == null) {
            say("starting " + subject.label());
            server = start(subject, newDirectory("server"));
            servers.put(place, server);
        }
        return server;
    }

    Load connect(Subject subject) throws IOException {
        return Load.connect(
                server(subject).address(),
                subject.isWebSocket(),
                subject.connections(),
                subject.contender().replies());
    }

    /**
     * Payments that this server has not seen, or that it may see again.
     *
     * @param count how many will be needed, about; those beyond are signed when they are sent
     */
    Payments payments(Subject subject, long count) throws IOException {
        Payments mine = payments.computeIfAbsent(subject.mix(), mix -> new Payments(signer, mix));
        Set<Server> seen = sentTo.computeIfAbsent(mine, any -> new HashSet<>());
        int wanted = (int) Math.max(1, Math.min(MAX_PREPARED, count));
        boolean remembers = subject.contender().remembers();
        if (!mine.isFresh(remembers ? wanted : 1) || (remembers && !seen.add(server(subject)))) {
            mine.prepare(wanted);
            seen.clear();
            seen.add(server(subject));
        }
        mine.rewind(!remembers);
        return mine;
    }

    /** Loads a server until its code is compiled, and tells how many payments a second it does about then. */
    double warmUp(Subject subject) throws IOException {
        server(subject);
        say("warming up " + subject.label());
        try (Load load = connect(subject)) {
            Duration half = seconds(settings.warmUpSeconds / 2);
            load.closed(payments(subject, 100_000), subject.depth(), half);
            Load.Figures figures = load.closed(payments(subject, 100_000), subject.depth(), half);
            complain(subject, figures);
            return figures.perSecond();
        }
    }

    /** Measures once, in a closed loop. */
    Measured measure(Subject subject, double expectedPerSecond) throws IOException {
        Server server = server(subject);
        try (Load load = connect(subject)) {
            Payments mine = payments(
                    subject, (long) (expectedPerSecond * SPARE * (settings.seconds + SETTLE_SECONDS)) + 10_000);
            complain(subject, load.closed(mine, subject.depth(), seconds(Math.min(SETTLE_SECONDS, settings.seconds))));
            long cpu = server.cpu().toNanos();
            long allocated = server.allocatedBytes();
            long own = Server.cpu(ProcessHandle.current()).toNanos();
            long began = System.nanoTime();
            Load.Figures figures = load.closed(mine, subject.depth(), seconds(settings.seconds));
            double took = System.nanoTime() - began;
            double ownShare = (Server.cpu(ProcessHandle.current()).toNanos() - own) / took;
            double count = Math.max(1, figures.latency().getTotalCount());
            Measured measured = new Measured(
                    figures,
                    (server.cpu().toNanos() - cpu) / 1e3 / count,
                    (server.allocatedBytes() - allocated) / count,
                    ownShare);
            complain(subject, figures);
            return measured;
        }
    }

    /** Measures all in turn, again and again: one after another in each round, so that what disturbs one disturbs all. */
    Map<Subject, List<Measured>> compare(List<Subject> subjects) throws IOException {
        Map<Subject, Double> expected = new HashMap<>();
        for (Subject subject : subjects) {
            expected.put(subject, warmUp(subject));
        }
        double fastest = subjects.stream()
                .filter(subject -> subject.contender().remembers())
                .mapToDouble(expected::get)
                .max()
                .orElse(10_000);
        Map<Subject, List<Measured>> results = new HashMap<>();
        for (int round = 1; round <= settings.pairs; round++) {
            say("round " + round + " of " + settings.pairs);
            for (Subject subject : subjects) {
                results.computeIfAbsent(subject, any -> new ArrayList<>()).add(measure(subject, fastest));
            }
        }
        return results;
    }

    private void complain(Subject subject, Load.Figures figures) {
        if (!figures.errors().isEmpty()) {
            say("ERRORS with " + subject.label() + ": " + figures.errors());
        }
    }

    void say(String what) {
        err.println(what);
        err.flush();
    }

    static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is being ended, and the hook clears up.
            return;
        }
        clear();
    }

    private void clear() {
        servers.values().forEach(Server::close);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new BayarException(directory + " is left behind: " + e, e);
        }
    }
}
