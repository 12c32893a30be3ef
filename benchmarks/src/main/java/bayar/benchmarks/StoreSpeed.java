package bayar.benchmarks;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Measures the SQLite store alone, beside a bare file that takes the same payments with one write and one force for each
 * batch: the least that durable can cost. Both in turn, over accounts of which few are much used.
 */
final class StoreSpeed {
    /** Batches of this size, so many payments of them in one measurement. */
    private record Size(int batch, int payments) {}

    /** A store as it is to be seen while it grows. */
    private record Stage(
            long stored,
            double perSecond,
            double bareFile,
            double reopenMillis,
            double heapBytesEach,
            double fileBytesEach) {}

    private static final Currency MYR = Money.currency("MYR");
    private static final int USUAL_BATCH = 512;
    private static final int PRINCIPALS = 16;
    private static final double ZIPF_EXPONENT = 0.99;
    private static final long NOW_MILLIS = 1_795_420_800_000L;
    private static final int NO_LONGER_THAN_FORCES = 2000;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Settings settings;
    private final PrintWriter out;
    private final double[] cumulative;
    private final AccountId[] ids;
    private final Account[] accounts;
    private long sequence;

    StoreSpeed(Settings settings, PrintWriter out) {
        this.settings = settings;
        this.out = out;
        cumulative = new double[settings.accounts];
        ids = new AccountId[settings.accounts];
        accounts = new Account[settings.accounts];
        double total = 0;
        for (int i = 0; i < ids.length; i++) {
            total += 1 / Math.pow(i + 1, ZIPF_EXPONENT);
            cumulative[i] = total;
            ids[i] = AccountId.of("account-" + i);
            accounts[i] = new Account(ids[i], MYR, 0, 0, Long.MIN_VALUE);
        }
    }

    /** Batches of several sizes against the bare file. */
    void batches(Path directory) throws IOException {
        List<String> csv = new ArrayList<>(List.of("batch,round,sqlite_per_second,file_per_second"));
        List<Chart.Line> lines = List.of(
                new Chart.Line("SQLite store", new ArrayList<>()), new Chart.Line("bare file", new ArrayList<>()));
        out.printf("%nThe store alone, %,d accounts%n", settings.accounts);
        out.printf("%8s %14s %14s  %s%n", "batch", "sqlite/s", "bare file/s", "times (min..max)");
        try (PaymentStore store = open(directory)) {
            measure(store, USUAL_BATCH, settings.isQuick ? 2_000 : 300_000);
            for (Size size : sizes()) {
                double[] sqlite = new double[settings.pairs];
                double[] bare = new double[settings.pairs];
                for (int round = 0; round < settings.pairs; round++) {
                    sqlite[round] = measure(store, size.batch, size.payments);
                    bare[round] = bareFile(directory, size.batch, size.payments);
                    csv.add(String.format(
                            Locale.ROOT, "%d,%d,%.0f,%.0f", size.batch, round + 1, sqlite[round], bare[round]));
                }
                tell(size.batch, sqlite, bare, lines);
            }
        }
        if (settings.write != null) {
            String title = "The store alone: payments per second";
            Report.writeFiles(
                    settings.write, "store", csv, Chart.lines(title, "payments in a batch", "payments/s", true, lines));
        }
    }

    private List<Size> sizes() {
        int many = settings.isQuick ? 4_000 : 200_000;
        return Stream.of(1, 16, 128, 512, 2048)
                .map(batch ->
                        new Size(batch, Math.min(many, batch * NO_LONGER_THAN_FORCES / (settings.isQuick ? 20 : 1))))
                .toList();
    }

    private void tell(int batch, double[] sqlite, double[] bare, List<Chart.Line> lines) {
        double[] ratios = new double[sqlite.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = sqlite[i] / bare[i];
        }
        Arrays.sort(sqlite);
        Arrays.sort(bare);
        Arrays.sort(ratios);
        lines.get(0).points().add(new Chart.Point(batch, Report.median(sqlite)));
        lines.get(1).points().add(new Chart.Point(batch, Report.median(bare)));
        out.printf(
                Locale.ROOT,
                "%8d %,14.0f %,14.0f  %.2f (%.2f..%.2f)%n",
                batch,
                Report.median(sqlite),
                Report.median(bare),
                Report.median(ratios),
                ratios[0],
                ratios[ratios.length - 1]);
        out.flush();
    }

    /** How the store does while it grows to so many payments. */
    void growth(Path directory, int payments) throws IOException {
        List<Stage> stages = new ArrayList<>();
        out.printf("%nThe store as it grows, batches of %d%n", USUAL_BATCH);
        out.printf(
                "%14s %12s %12s %10s %16s %16s%n",
                "stored", "sqlite/s", "bare file/s", "reopen ms", "heap B/payment", "file B/payment");
        PaymentStore store = open(directory);
        try {
            int step = Math.max(USUAL_BATCH, payments / 10);
            while (sequence < payments) {
                int some = Math.max(USUAL_BATCH, step / (2 * settings.pairs));
                measure(store, 2048, step - some * settings.pairs);
                double[] sqlite = new double[settings.pairs];
                double[] bare = new double[settings.pairs];
                for (int round = 0; round < settings.pairs; round++) {
                    sqlite[round] = measure(store, USUAL_BATCH, some);
                    bare[round] = bareFile(directory, USUAL_BATCH, some);
                }
                Arrays.sort(sqlite);
                Arrays.sort(bare);
                store.close();
                long before = heapBytes();
                long start = System.nanoTime();
                store = SqliteStore.open(directory);
                double reopenMillis = (System.nanoTime() - start) / 1e6;
                Stage stage = new Stage(
                        sequence,
                        Report.median(sqlite),
                        Report.median(bare),
                        reopenMillis,
                        (heapBytes() - before) / (double) sequence,
                        fileBytes(directory) / (double) sequence);
                stages.add(stage);
                out.printf(
                        Locale.ROOT,
                        "%,14d %,12.0f %,12.0f %,10.0f %16.1f %16.1f%n",
                        stage.stored,
                        stage.perSecond,
                        stage.bareFile,
                        stage.reopenMillis,
                        stage.heapBytesEach,
                        stage.fileBytesEach);
                out.flush();
            }
        } finally {
            store.close();
        }
        if (settings.write != null) {
            List<String> csv = new ArrayList<>(
                    List.of("stored,sqlite_per_second,file_per_second,reopen_ms,heap_bytes_each,file_bytes_each"));
            stages.forEach(stage -> csv.add(String.format(
                    Locale.ROOT,
                    "%d,%.0f,%.0f,%.0f,%.1f,%.1f",
                    stage.stored,
                    stage.perSecond,
                    stage.bareFile,
                    stage.reopenMillis,
                    stage.heapBytesEach,
                    stage.fileBytesEach)));
            List<Chart.Line> lines = List.of(
                    new Chart.Line(
                            "SQLite store",
                            stages.stream()
                                    .map(stage -> new Chart.Point(stage.stored, stage.perSecond))
                                    .toList()),
                    new Chart.Line(
                            "bare file",
                            stages.stream()
                                    .map(stage -> new Chart.Point(stage.stored, stage.bareFile))
                                    .toList()));
            String title = "The store as it grows: payments per second";
            Report.writeFiles(
                    settings.write,
                    "store-growth",
                    csv,
                    Chart.lines(title, "payments stored", "payments/s", false, lines));
        }
    }

    /** How long one force of the disk takes behind a write of so many bytes. */
    static Histogram forces(Path directory, int bytes, int times) throws IOException {
        Histogram latency = new Histogram(100, 60_000_000_000L, 3);
        Path path = directory.resolve("forced");
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < times; i++) {
                long start = System.nanoTime();
                file.write(buffer.clear());
                file.force(false);
                latency.recordValue(System.nanoTime() - start);
            }
        }
        Files.delete(path);
        return latency;
    }

    private PaymentStore open(Path directory) {
        PaymentStore store = SqliteStore.open(directory);
        store.commit(new Changes(List.of(), List.of(accounts), List.of(), Map.of(), Map.of()));
        return store;
    }

    private double measure(PaymentStore store, int size, int payments) {
        long nanos = 0;
        for (int done = 0; done < payments; done += size) {
            Changes changes = batch(size);
            long start = System.nanoTime();
            store.commit(changes);
            nanos += System.nanoTime() - start;
        }
        return (payments + size - 1) / size * size * 1e9 / nanos;
    }

    /** The limit: what the same payments say, in one file. */
    private double bareFile(Path directory, int size, int payments) throws IOException {
        Path path = directory.resolve("bare");
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        long nanos = 0;
        long next = sequence;
        Account[] balances = accounts.clone();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int done = 0; done < payments; done += size) {
                Changes changes = batch(size);
                long start = System.nanoTime();
                buffer.clear();
                for (PaymentRecord record : changes.records()) {
                    buffer.putLong(record.sequence());
                    buffer.putLong(record.timeMillis());
                    buffer.put(record.request().id().getBytes(StandardCharsets.ISO_8859_1));
                    buffer.putInt(record.principal().hashCode());
                    buffer.putInt(record.request().payer().hashCode());
                    buffer.putInt(record.request().payee().hashCode());
                    buffer.putLong(record.request().amount().minor());
                }
                file.write(buffer.flip());
                file.force(false);
                nanos += System.nanoTime() - start;
            }
        }
        // These were never in the store.
        sequence = next;
        System.arraycopy(balances, 0, accounts, 0, accounts.length);
        Files.delete(path);
        return (payments + size - 1) / size * size * 1e9 / nanos;
    }

    private Changes batch(int size) {
        List<PaymentRecord> records = new ArrayList<>(size);
        Map<AccountId, Account> changed = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            int from = zipf();
            int to = zipf();
            if (from == to) {
                to = (to + 1) % ids.length;
            }
            long minor = 1 + random.nextInt(10_000);
            accounts[from] = accounts[from].plusPosted(-minor);
            accounts[to] = accounts[to].plusPosted(minor);
            changed.put(ids[from], accounts[from]);
            changed.put(ids[to], accounts[to]);
            String id = new UUID(random.nextLong(), random.nextLong()).toString();
            records.add(new PaymentRecord(
                    ++sequence,
                    NOW_MILLIS + sequence / 100,
                    "shop-" + random.nextInt(PRINCIPALS),
                    new PaymentRequest(
                            id,
                            Operation.SALE,
                            ids[from],
                            ids[to],
                            new Money(minor, MYR),
                            null,
                            false,
                            PaymentRequest.LEDGER,
                            Map.of()),
                    Reason.APPROVED,
                    MoneyEffect.MOVED,
                    ids[from],
                    ids[to],
                    PaymentSums.ofSale(minor)));
        }
        return new Changes(records, List.of(), changed.values(), Map.of(), Map.of());
    }

    private int zipf() {
        int found = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[ids.length - 1]);
        return found < 0 ? Math.min(-found - 1, ids.length - 1) : found;
    }

    private static long heapBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long fileBytes(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
