package bayar.store.sqlite;

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
import java.io.IOException;
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
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Measures {@link SqliteStore#commit} beside a bare file that is forced once per batch: payments over 10,000 accounts,
 * of which few are much used. Run it by its main class with the test class path:
 *
 * <pre>StoreSpeed DIRECTORY [payments per measurement] [payments stored beforehand]</pre>
 */
final class StoreSpeed {
    private static final int ACCOUNTS = 10_000;
    private static final Currency MYR = Money.currency("MYR");
    private static final long NOW_MILLIS = 1_795_420_800_000L;

    private final Random random = new Random(1);
    private final double[] cumulative = new double[ACCOUNTS];
    private final AccountId[] ids = new AccountId[ACCOUNTS];
    private final Account[] accounts = new Account[ACCOUNTS];
    private long sequence;

    public static void main(String[] arguments) throws Exception {
        Path parent = Path.of(arguments[0]);
        int payments = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 400_000;
        int before = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 0;
        Files.createDirectories(parent);
        Path directory = Files.createTempDirectory(parent, "speed");
        try {
            new StoreSpeed().run(directory, payments, before);
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void run(Path directory, int payments, int before) throws IOException {
        double total = 0;
        for (int i = 0; i < ACCOUNTS; i++) {
            total += 1.0 / Math.pow(i + 1, 0.99);
            cumulative[i] = total;
            ids[i] = AccountId.of("account-" + i);
            accounts[i] = new Account(ids[i], MYR, 0, 0, Long.MIN_VALUE);
        }
        SqliteStore store = SqliteStore.open(directory);
        store.commit(new Changes(List.of(), List.of(accounts), List.of(), Map.of(), Map.of()));
        if (before > 0) {
            measure(store, directory, before, 2048);
        }
        print("batch", "sqlite/s", "bare file/s", "ratio");
        for (int round = 0; round < 2; round++) {
            for (int size : new int[] {16, 128, 512, 2048}) {
                int count = size == 16 ? payments / 8 : payments;
                double sqlite = measure(store, directory, count, size);
                double bare = bareFile(directory, count, size);
                print(size, Math.round(sqlite), Math.round(bare), Math.round(100 * sqlite / bare) / 100.0);
            }
        }
        System.out.println("index: " + store.idIndexBytes() / Math.max(1, sequence) + " bytes each of " + sequence);
        long start = System.nanoTime();
        store.close();
        System.out.println("close: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        System.out.println("file: " + Files.size(directory.resolve(LedgerFile.NAME)) / sequence + " bytes each");
        for (int round = 0; round < 3; round++) {
            start = System.nanoTime();
            SqliteStore opened = SqliteStore.open(directory);
            System.out.println("open: " + (System.nanoTime() - start) / 1_000_000 + " ms");
            opened.close();
        }
        start = System.nanoTime();
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        System.out.println("verify: " + (System.nanoTime() - start) / 1_000_000 + " ms, " + report);
    }

    private double measure(SqliteStore store, Path directory, int payments, int size) {
        long nanos = 0;
        for (int done = 0; done < payments; done += size) {
            Changes changes = batch(size);
            long start = System.nanoTime();
            store.commit(changes);
            nanos += System.nanoTime() - start;
        }
        return payments * 1e9 / nanos;
    }

    private Changes batch(int size) {
        List<PaymentRecord> records = new ArrayList<>(size);
        Map<AccountId, Account> changed = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            int from = zipf();
            int to = zipf();
            if (from == to) {
                to = (to + 1) % ACCOUNTS;
            }
            long amount = 1 + random.nextInt(10_000);
            accounts[from] = accounts[from].plusPosted(-amount);
            accounts[to] = accounts[to].plusPosted(amount);
            changed.put(ids[from], accounts[from]);
            changed.put(ids[to], accounts[to]);
            String id = new UUID(random.nextLong(), random.nextLong()).toString();
            records.add(new PaymentRecord(
                    ++sequence,
                    NOW_MILLIS + sequence / 100,
                    "shop-" + random.nextInt(16),
                    new PaymentRequest(
                            id,
                            Operation.SALE,
                            ids[from],
                            ids[to],
                            new Money(amount, MYR),
                            null,
                            false,
                            PaymentRequest.LEDGER,
                            Map.of()),
                    Reason.APPROVED,
                    MoneyEffect.MOVED,
                    ids[from],
                    ids[to],
                    PaymentSums.ofSale(amount)));
        }
        return new Changes(records, List.of(), changed.values(), Map.of(), Map.of());
    }

    private int zipf() {
        double at = random.nextDouble() * cumulative[ACCOUNTS - 1];
        int found = Arrays.binarySearch(cumulative, at);
        return found < 0 ? Math.min(-found - 1, ACCOUNTS - 1) : found;
    }

    /** The limit: the same payments as text in one file, one write and one force for each batch. */
    private double bareFile(Path directory, int payments, int size) throws IOException {
        Path path = directory.resolve("bare");
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        long nanos = 0;
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long next = sequence;
            Account[] balances = accounts.clone();
            for (int done = 0; done < payments; done += size) {
                Changes changes = batch(size);
                long start = System.nanoTime();
                buffer.clear();
                for (PaymentRecord record : changes.records()) {
                    buffer.putLong(record.sequence());
                    buffer.putLong(record.timeMillis());
                    buffer.put(record.request().id().getBytes(StandardCharsets.ISO_8859_1));
                    buffer.putInt(record.principal().hashCode());
                    buffer.putInt(record.debited().hashCode());
                    buffer.putInt(record.credited().hashCode());
                    buffer.putLong(record.request().amount().minor());
                }
                file.write(buffer.flip());
                file.force(false);
                nanos += System.nanoTime() - start;
            }
            sequence = next;
            System.arraycopy(balances, 0, accounts, 0, ACCOUNTS);
        }
        Files.delete(path);
        return payments * 1e9 / nanos;
    }

    private static void print(Object... columns) {
        System.out.println(String.format(Locale.ROOT, "%8s %12s %12s %7s", columns));
    }
}
