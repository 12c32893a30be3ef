package bayar.benchmarks;

import bayar.AccountId;
import bayar.AnswerEvent;
import bayar.BlockingProcessor;
import bayar.Extension;
import bayar.Money;
import bayar.OutboxListener;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Probe;
import bayar.Processor;
import bayar.Receipt;
import bayar.Stages;
import bayar.Verifier;
import bayar.auth.Algorithm;
import bayar.auth.Authenticator;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.codec.Decoding;
import bayar.codec.InputLimits;
import bayar.codec.ReceiptWriter;
import bayar.codec.RequestReader;
import bayar.codec.RequestWriter;
import bayar.ledger.Changes;
import bayar.ledger.Ledger;
import bayar.ledger.NewAccount;
import bayar.ledger.Processing;
import bayar.monitor.Monitor;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.AbstractQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.Control;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Parts of the engine alone, each in nanoseconds for one payment. Public, as JMH wants it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Micro {
    private static final int BATCH = 512;
    private static final int ACCOUNTS = 10_000;
    private static final long NOW_SECONDS = 1_795_420_800L;

    /** For JMH. */
    public Micro() {}

    /**
     * Runs those that match; JMH tells its progress on standard output.
     *
     * @param out gets a table of nanoseconds and allocated bytes for each payment
     * @return whether there were benchmarks that match, and all of them ran
     */
    static boolean run(String regex, boolean isQuick, PrintWriter out) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(Micro.class.getSimpleName() + ".*(" + regex + ")")
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true);
        if (isQuick) {
            options.forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(10))
                    .verbosity(VerboseMode.SILENT);
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        out.printf("%n%-44s %14s %12s %10s%n", "", "ns", "+-", "B");
        for (RunResult result : results) {
            BenchmarkParams params = result.getParams();
            Result<?> time = result.getPrimaryResult();
            Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
            String values =
                    params.getParamsKeys().stream().map(params::getParam).collect(Collectors.joining(", ", " ", ""));
            out.printf(
                    Locale.ROOT,
                    "%-44s %,14.1f %12s %,10.0f%n",
                    params.getBenchmark().replaceAll(".*\\.", "") + values,
                    time.getScore(),
                    isQuick ? "" : String.format(Locale.ROOT, "%,.1f", time.getScoreError()),
                    allocated == null ? 0 : allocated.getScore());
        }
        out.flush();
        return !results.isEmpty();
    }

    private static PaymentRequest sale(String id, SplittableRandom random) {
        int payer = random.nextInt(ACCOUNTS);
        int payee = (payer + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        return PaymentRequest.sale(id, "a-" + payer, "a-" + payee, Money.of(1, "MYR"));
    }

    private static String id(long number) {
        return String.format("0199f1c2-7d1e-7a3b-9c55-%012d", number);
    }

    /** One message on its way in and out. */
    @State(Scope.Thread)
    public static class Message {
        private final RequestReader reader = new RequestReader(InputLimits.DEFAULT);
        private final ReceiptWriter writer = new ReceiptWriter();
        private final byte[] payload =
                new RequestWriter().write(sale(id(1), new SplittableRandom(1)), NOW_SECONDS, NOW_SECONDS + 30);
        private final Receipt receipt;

        /** For JMH. */
        public Message() {
            try (MemoryStore store = new MemoryStore()) {
                Ledger ledger = ledger(store);
                receipt = decide(ledger, sale(id(1), new SplittableRandom(1)));
            }
        }
    }

    /** Reads the payload of a message. */
    @Benchmark
    public Decoding requestReader(Message message) {
        return message.reader.read(message.payload, 0, message.payload.length);
    }

    /** Writes a reply. */
    @Benchmark
    public byte[] receiptWriter(Message message) {
        return message.writer.write(message.receipt);
    }

    /** What the monitor is told of a payment. */
    @State(Scope.Thread)
    public static class Watched {
        private final Probe probe;
        private final Receipt receipt = new Message().receipt;
        private final PaymentRequest request = sale(id(1), new SplittableRandom(1));

        /** For JMH. */
        public Watched() {
            List<Probe> probes = new ArrayList<>();
            Monitor.builder().build().install(new Taking(probes));
            probe = probes.get(0);
        }
    }

    /** Takes the probes of an extension, and nothing else. */
    private record Taking(List<Probe> probes) implements Extension.Registrar {
        @Override
        public void probe(Probe probe) {
            probes.add(probe);
        }

        @Override
        public void verifier(Verifier verifier) {}

        @Override
        public void processor(String method, Processor processor) {}

        @Override
        public void processor(String method, BlockingProcessor processor) {}

        @Override
        public void outbox(String name, OutboxListener listener) {}
    }

    /** Makes the event of one answer, and has the monitor count it. */
    @Benchmark
    public AnswerEvent probe(Watched watched) {
        Stages stages = new Stages(1_000, 2_000, 100_000, 1_500_000, 0, 1_700_000);
        AnswerEvent answer =
                new AnswerEvent("bench", watched.request, watched.receipt, "ledger", "tcp", "tcp:127.0.0.1:5", stages);
        watched.probe.answered(answer);
        return answer;
    }

    /** A signed message of each algorithm. */
    @State(Scope.Thread)
    public static class Signed {
        /** The algorithm: each that there is. */
        @Param
        public Algorithm algorithm = Algorithm.HS256;

        private @Nullable Authenticator authenticator;
        private byte[] message = new byte[0];

        /** Makes a key, and signs it. */
        @Setup
        public void sign() throws IOException {
            Path directory = Files.createTempDirectory("bayar-micro");
            Path file = directory.resolve("keys.json");
            KeyFile.add(file, "bench", "bench", algorithm, List.of("a-*"), new SecureRandom());
            KeySet keys = KeySet.load(file);
            delete(directory);
            authenticator = new Authenticator(keys, InputLimits.DEFAULT);
            message = Signer.of(keys, "bench").sign(new Message().payload);
        }
    }

    /** Opens a message and checks its signature, as the engine does it. */
    @Benchmark
    public Authenticator.Authentication verify(Signed signed) {
        if (signed.authenticator != null
                && signed.authenticator.open(signed.message) instanceof Authenticator.Envelope envelope
                && envelope.verify() instanceof Authenticator.Authenticated authenticated) {
            return authenticated;
        }
        throw new IllegalStateException("it is authentic");
    }

    private static Ledger ledger(PaymentStore store) {
        Ledger ledger =
                new Ledger(store, store.lastSequence(), store.lastTimeMillis(), Ledger.DEFAULT_AUTHORIZATION_LIFETIME);
        for (int i = 0; i < ACCOUNTS; i++) {
            ledger.open(new NewAccount(AccountId.of("a-" + i), Money.of(Contender.OPENING_MINOR, "MYR"), 0), 0);
        }
        store.commit(ledger.changes());
        ledger.committed();
        return ledger;
    }

    private static final Principal PRINCIPAL = Principal.named("bench").mayDebit("a-*");

    private static Receipt decide(Ledger ledger, PaymentRequest request) {
        return ledger.decide(PRINCIPAL, request, Long.MAX_VALUE, NOW_SECONDS * 1000, Processing.NONE);
    }

    /** A ledger over a store, and the next batch of requests for it. */
    public abstract static class Batch {
        private final SplittableRandom random = new SplittableRandom(1);
        private final PaymentRequest[] requests = new PaymentRequest[BATCH];
        private long number;
        private @Nullable Ledger ledger;

        /** For JMH. */
        protected Batch() {}

        void open(PaymentStore store) {
            ledger = ledger(store);
        }

        void fill() {
            for (int i = 0; i < BATCH; i++) {
                requests[i] = sale(id(++number), random);
            }
        }

        Ledger decideAll() {
            Ledger mine = ledger;
            if (mine == null) {
                throw new IllegalStateException("not open");
            }
            for (PaymentRequest request : requests) {
                decide(mine, request);
            }
            return mine;
        }
    }

    /** Over memory, for what deciding costs alone. */
    @State(Scope.Thread)
    public static class Decided extends Batch {
        /** For JMH. */
        public Decided() {}

        /** Opens the accounts. */
        @Setup
        public void open() {
            open(new MemoryStore());
            fill();
        }
    }

    /** Decides a batch and forgets it. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Changes ledgerDecide(Decided batch) {
        Ledger ledger = batch.decideAll();
        Changes changes = ledger.changes();
        ledger.abandon();
        return changes;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Over a store, for what a commit costs with its decisions. */
    @State(Scope.Thread)
    public static class Committed extends Batch {
        /** Which store. */
        @Param({"SQLite", "own format", "memory"})
        public String kind = "";

        private @Nullable Path directory;
        private @Nullable PaymentStore store;

        /** For JMH. */
        public Committed() {}

        /** Opens the store in a temporary directory. */
        @Setup
        public void open() throws IOException {
            Path made = Files.createTempDirectory("bayar-micro");
            directory = made;
            PaymentStore opened = switch (kind) {
                case "SQLite" -> SqliteStore.open(made);
                case "own format" -> OwnFormat.open(made);
                default -> new MemoryStore();
            };
            store = opened;
            open(opened);
        }

        /** The next batch. */
        @Setup(Level.Invocation)
        public void next() {
            fill();
        }

        /** Closes and deletes the store. */
        @TearDown
        public void close() throws IOException {
            if (store != null && directory != null) {
                store.close();
                delete(directory);
            }
        }
    }

    /** Decides a batch and has it made durable. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Ledger storeCommit(Committed batch) {
        Ledger ledger = batch.decideAll();
        if (batch.store != null) {
            batch.store.commit(ledger.changes());
        }
        ledger.committed();
        return ledger;
    }

    /** A stack that the taker turns round, as in the engine; its own cannot be reached from here. */
    private static final class TurnedStack extends AbstractQueue<Object> {
        private record Link(Object value, @Nullable Link before) {}

        private final AtomicReference<@Nullable Link> newest = new AtomicReference<>();
        private final AtomicInteger size = new AtomicInteger();
        private final int capacity;
        private @Nullable Link oldest;

        TurnedStack(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public boolean offer(Object value) {
            if (size.incrementAndGet() > capacity) {
                size.decrementAndGet();
                return false;
            }
            Link before;
            do {
                before = newest.get();
            } while (!newest.compareAndSet(before, new Link(value, before)));
            return true;
        }

        @Override
        public @Nullable Object poll() {
            Link taken = peekLink();
            if (taken == null) {
                return null;
            }
            oldest = taken.before;
            size.decrementAndGet();
            return taken.value;
        }

        private @Nullable Link peekLink() {
            if (oldest == null && newest.get() != null) {
                for (Link link = newest.getAndSet(null); link != null; link = link.before) {
                    oldest = new Link(link.value, oldest);
                }
            }
            return oldest;
        }

        @Override
        public @Nullable Object peek() {
            Link next = peekLink();
            return next == null ? null : next.value;
        }

        @Override
        public int size() {
            return size.get();
        }

        @Override
        public Iterator<Object> iterator() {
            throw new UnsupportedOperationException("only offered to and taken from");
        }
    }

    /** What may stand between many event loops and the one committer. */
    @State(Scope.Group)
    public static class Handover {
        /** Which queue. */
        @Param({
            "stack turned round",
            "ArrayBlockingQueue",
            "LinkedBlockingQueue",
            "LinkedTransferQueue",
            "ConcurrentLinkedQueue"
        })
        public String queue = "";

        private Queue<Object> made = new ArrayBlockingQueue<>(1);

        /** Makes it. */
        @Setup
        public void make() {
            made = switch (queue) {
                case "stack turned round" -> new TurnedStack(16_384);
                case "ArrayBlockingQueue" -> new ArrayBlockingQueue<>(16_384);
                case "LinkedBlockingQueue" -> new LinkedBlockingQueue<>(16_384);
                case "LinkedTransferQueue" -> new LinkedTransferQueue<>();
                default -> new ConcurrentLinkedQueue<>();
            };
        }
    }

    /** Puts one into the queue, when there is room. */
    @Benchmark
    @Group("queue")
    @GroupThreads(2)
    public void offer(Handover handover, Control control) {
        while (!control.stopMeasurement && !handover.made.offer(handover)) {
            Thread.yield();
        }
    }

    /** Takes one, when there is one. */
    @Benchmark
    @Group("queue")
    public @Nullable Object poll(Handover handover, Control control) {
        Object taken = handover.made.poll();
        while (taken == null && !control.stopMeasurement) {
            Thread.yield();
            taken = handover.made.poll();
        }
        return taken;
    }
}
