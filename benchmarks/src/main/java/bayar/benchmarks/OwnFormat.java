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
import bayar.ledger.Course;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Spending;
import bayar.store.History;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a file format of our own would be, as a prototype: only to measure what SQLite costs.
 *
 * <p>One file that is only appended to. A batch is one frame, one write and one force: its length, a body, and the SHA-256
 * of the hash before and of the body, so that a torn end is seen and a changed past too. The body has the payments with all
 * their fields and a hash of each id, the balances that changed, new accounts and new principals. Space is written ahead,
 * so that a force has no file size to record. Accounts, the index of the ids and where each batch begins are in memory, and
 * are read back when the file is opened.
 *
 * <p>It takes what benchmarks need: sales and transfers that no processor does, between accounts without limits, and
 * refuses the rest with a {@link StoreException}: holds, captures, refunds, processors, limits. And it is no store for
 * money: it knows no other versions of itself, keeps no second process out, never makes the file smaller, tells a torn
 * end from a damaged one by nothing, and cannot be looked into with any tool.
 */
final class OwnFormat implements PaymentStore {
    private static final int AHEAD_BYTES = 8 << 20;
    private static final int FRAME_BYTES = 1 << 16;
    private static final int HASH_BYTES = 32;
    private static final int FLAG_DEBITED = 1;
    private static final int FLAG_CREDITED = 2;
    private static final int FLAG_SALE_SUMS = 4;
    private static final int FLAG_METADATA = 8;
    private static final int FLAG_METHOD = 16;
    private static final int FLAG_PAYMENT = 32;

    private static final Operation[] OPERATIONS = Operation.values();
    private static final Reason[] REASONS = Reason.values();
    private static final MoneyEffect[] EFFECTS = MoneyEffect.values();

    /** An account and its number in the file. */
    private static final class Numbered {
        final int number;
        Account account;

        Numbered(int number, Account account) {
            this.number = number;
            this.account = account;
        }
    }

    private final Path path;
    private final FileChannel file;
    private final MessageDigest sha256;
    private final Map<AccountId, Numbered> accounts = new HashMap<>();
    private final List<Numbered> accountsByNumber = new ArrayList<>();
    private final Map<String, Integer> principals = new HashMap<>();
    private final List<String> principalsByNumber = new ArrayList<>();
    private final Map<String, Long> cursors = new HashMap<>();
    /** Hash above, sequence below, 0 for none; open addressing, at most three quarters taken. */
    private long[] ids = new long[1 << 16];

    private long[] batchBegins = new long[1024];
    private long[] batchSequences = new long[1024];
    private int batches;

    private byte[] chain = new byte[HASH_BYTES];
    private ByteBuffer frame = ByteBuffer.allocateDirect(FRAME_BYTES);
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(AHEAD_BYTES);
    private long end;
    private long written;
    private volatile long lastSequence;
    private volatile long lastTimeMillis;

    private OwnFormat(Path path) throws IOException, NoSuchAlgorithmException {
        this.path = path;
        this.file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.sha256 = MessageDigest.getInstance("SHA-256");
        readAll();
        written = file.size();
    }

    /** Opens the one in this directory, or makes it. */
    static OwnFormat open(Path directory) {
        try {
            return new OwnFormat(directory.resolve("ledger.own"));
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new StoreException(directory + " cannot be opened: " + e, e);
        }
    }

    @Override
    public String description() {
        return "prototype of an own format in " + path;
    }

    @Override
    public synchronized void commit(Changes changes) {
        requireSupported(changes);
        try {
            frame.clear().position(Integer.BYTES);
            writeNames(changes);
            writeRecords(changes.records());
            writeBalances(changes);
            seal();
            append();
        } catch (IOException e) {
            throw new StoreException("a batch could not be written to " + path + ": " + e, e);
        }
        remember(changes);
    }

    private void requireSupported(Changes changes) {
        long next = lastSequence + 1;
        for (PaymentRecord record : changes.records()) {
            if (record.sequence() != next++) {
                throw new StoreException("record " + record.sequence() + " does not follow record " + (next - 2));
            }
            boolean isSale = record.sums().equals(PaymentSums.NONE) || hasSaleSums(record);
            if (!isSale || !record.course().equals(Course.NONE) || record.expiresMillis() != 0) {
                throw new StoreException(
                        "record " + record.sequence() + " is of a kind that the prototype does not take");
            }
        }
        if (!changes.payments().isEmpty()) {
            throw new StoreException("payments that are acted on later are not for the prototype");
        }
        for (Account account : changes.opened()) {
            if (accounts.containsKey(account.id()) || !account.spending().equals(Spending.UNLIMITED)) {
                throw new StoreException("account " + account.id() + " is there already, or has limits");
            }
        }
    }

    private static boolean hasSaleSums(PaymentRecord record) {
        Money amount = record.request().amount();
        return amount != null && record.sums().equals(PaymentSums.ofSale(amount.minor()));
    }

    /** New accounts and principals, which get their numbers here: if the write fails, this store is not used again. */
    private void writeNames(Changes changes) {
        room(Integer.BYTES);
        frame.putInt(changes.opened().size());
        for (Account account : changes.opened()) {
            write(account.id().value());
            write(account.currency().getCurrencyCode());
            room(3 * Long.BYTES);
            frame.putLong(account.posted()).putLong(account.held()).putLong(account.floor());
            add(account);
        }
        List<String> fresh = new ArrayList<>(0);
        for (PaymentRecord record : changes.records()) {
            if (!principals.containsKey(record.principal())) {
                addPrincipal(record.principal());
                fresh.add(record.principal());
            }
        }
        room(Integer.BYTES);
        frame.putInt(fresh.size());
        fresh.forEach(this::write);
    }

    private void writeRecords(List<PaymentRecord> records) {
        room(Integer.BYTES + Long.BYTES);
        frame.putInt(records.size()).putLong(lastSequence + 1);
        for (PaymentRecord record : records) {
            PaymentRequest request = record.request();
            int principal = principals.get(record.principal());
            room(64);
            frame.putLong(hash(principal, request.id()))
                    .putLong(record.timeMillis())
                    .putInt(principal);
            frame.put((byte) request.type().ordinal())
                    .put((byte) record.reason().ordinal())
                    .put((byte) record.money().ordinal())
                    .put((byte) flags(record));
            Money amount = request.amount();
            frame.putLong(amount == null ? 0 : amount.minor());
            write(request.id());
            write(amount == null ? "" : amount.currency().getCurrencyCode());
            writeAccount(request.payer());
            writeAccount(request.payee());
            if (request.payment() != null) {
                write(request.payment());
            }
            if (!request.method().equals(PaymentRequest.LEDGER)) {
                write(request.method());
            }
            if (!request.metadata().isEmpty()) {
                room(Integer.BYTES);
                frame.putInt(request.metadata().size());
                request.metadata().forEach((name, value) -> {
                    write(name);
                    write(value);
                });
            }
        }
    }

    private static int flags(PaymentRecord record) {
        PaymentRequest request = record.request();
        return (record.debited() != null ? FLAG_DEBITED : 0)
                | (record.credited() != null ? FLAG_CREDITED : 0)
                | (record.sums().authorized() != 0 ? FLAG_SALE_SUMS : 0)
                | (request.metadata().isEmpty() ? 0 : FLAG_METADATA)
                | (request.method().equals(PaymentRequest.LEDGER) ? 0 : FLAG_METHOD)
                | (request.payment() == null ? 0 : FLAG_PAYMENT);
    }

    /** Its number, or behind -1 the name of one that is not there. */
    private void writeAccount(@Nullable AccountId id) {
        Numbered known = id == null ? null : accounts.get(id);
        room(Integer.BYTES);
        frame.putInt(known == null ? -1 : known.number);
        if (known == null) {
            write(id == null ? "" : id.value());
        }
    }

    private void writeBalances(Changes changes) {
        room(Integer.BYTES);
        frame.putInt(changes.changed().size());
        for (Account account : changes.changed()) {
            Numbered known = accounts.get(account.id());
            if (known == null) {
                throw new StoreException("account " + account.id() + " is to be changed, but there is none");
            }
            room(Integer.BYTES + 2 * Long.BYTES);
            frame.putInt(known.number).putLong(account.posted()).putLong(account.held());
        }
        room(Integer.BYTES);
        frame.putInt(changes.cursors().size());
        changes.cursors().forEach((name, sequence) -> {
            write(name);
            room(Long.BYTES);
            frame.putLong(sequence);
        });
    }

    private void seal() {
        room(HASH_BYTES);
        int bodyEnd = frame.position();
        frame.putInt(0, bodyEnd - Integer.BYTES);
        chain = sealOf(frame.duplicate().flip().position(Integer.BYTES));
        frame.put(chain).flip();
    }

    private byte[] sealOf(ByteBuffer body) {
        sha256.update(chain);
        sha256.update(body);
        return sha256.digest();
    }

    private void append() throws IOException {
        // One more length than the frame, which stays 0: what is behind the last batch is no batch.
        while (end + frame.remaining() + Integer.BYTES > written) {
            ByteBuffer ahead = zeros.clear();
            while (ahead.hasRemaining()) {
                file.write(ahead, written + ahead.position());
            }
            written += AHEAD_BYTES;
        }
        long begin = end;
        while (frame.hasRemaining()) {
            end += file.write(frame, end);
        }
        file.force(false);
        addBatch(begin);
    }

    private void addBatch(long begin) {
        if (batches == batchBegins.length) {
            batchBegins = Arrays.copyOf(batchBegins, 2 * batches);
            batchSequences = Arrays.copyOf(batchSequences, 2 * batches);
        }
        batchBegins[batches] = begin;
        batchSequences[batches] = lastSequence + 1;
        batches++;
    }

    private void remember(Changes changes) {
        for (PaymentRecord record : changes.records()) {
            index(hash(principals.get(record.principal()), record.request().id()), record.sequence());
            lastSequence = record.sequence();
            lastTimeMillis = record.timeMillis();
        }
        for (Account account : changes.changed()) {
            Numbered known = accounts.get(account.id());
            if (known != null) {
                known.account = account;
            }
        }
        cursors.putAll(changes.cursors());
    }

    private void add(Account account) {
        Numbered numbered = new Numbered(accountsByNumber.size(), account);
        accounts.put(account.id(), numbered);
        accountsByNumber.add(numbered);
    }

    private void addPrincipal(String principal) {
        principals.put(principal, principalsByNumber.size());
        principalsByNumber.add(principal);
    }

    // The index of the ids.

    private static long hash(int principal, String id) {
        long hash = principal + 0x9e3779b97f4a7c15L;
        for (int i = 0; i < id.length(); i++) {
            hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 32) * 0xd6e8feb86659fd93L;
        return hash ^ hash >>> 29;
    }

    private void index(long hash, long sequence) {
        if (sequence > ids.length / 4 * 3L) {
            long[] smaller = ids;
            ids = new long[2 * smaller.length];
            for (long slot : smaller) {
                if (slot != 0) {
                    put(slot);
                }
            }
        }
        put(hash << 32 | sequence);
    }

    private void put(long slot) {
        int mask = ids.length - 1;
        int i = first(slot >>> 32);
        while (ids[i] != 0) {
            i = (i + 1) & mask;
        }
        ids[i] = slot;
    }

    private int first(long hash) {
        return (int) (hash * 0x9e3779b1L) & ids.length - 1;
    }

    // What is read.

    @Override
    public @Nullable Account account(AccountId id) {
        Numbered known = accounts.get(id);
        return known == null ? null : known.account;
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        Integer number = principals.get(principal);
        if (number == null) {
            return null;
        }
        long hash = hash(number, id);
        for (int i = first(hash & 0xffff_ffffL); ids[i] != 0; i = (i + 1) & ids.length - 1) {
            if ((int) (ids[i] >>> 32) == (int) hash) {
                PaymentRecord found = payment(ids[i] & 0xffff_ffffL);
                if (found != null
                        && found.principal().equals(principal)
                        && found.request().id().equals(id)) {
                    return found;
                }
            }
        }
        return null;
    }

    @Override
    public @Nullable PaymentRecord payment(long sequence) {
        List<PaymentRecord> found = sequence < 1 ? List.of() : after(sequence - 1, 1);
        return found.isEmpty() ? null : found.get(0);
    }

    private synchronized List<PaymentRecord> after(long sequence, int max) {
        if (sequence >= lastSequence) {
            return List.of();
        }
        int found = Arrays.binarySearch(batchSequences, 0, batches, sequence + 1);
        int batch = found < 0 ? -found - 2 : found;
        // Batches without payments have the same first sequence as the next one.
        while (batch + 1 < batches && batchSequences[batch + 1] <= sequence + 1) {
            batch++;
        }
        List<PaymentRecord> records = new ArrayList<>();
        try {
            for (; batch < batches && records.size() < max; batch++) {
                addRecords(batchBegins[batch], sequence, max, records);
            }
        } catch (IOException e) {
            throw new StoreException(path + " could not be read: " + e, e);
        }
        return records;
    }

    private void addRecords(long begin, long after, int max, List<PaymentRecord> records) throws IOException {
        ByteBuffer body = readBody(begin);
        if (body == null) {
            throw new StoreException("the batch at " + begin + " is gone from " + path);
        }
        skipNames(body);
        int count = body.getInt();
        long first = body.getLong();
        for (int i = 0; i < count && records.size() < max; i++) {
            PaymentRecord record = readRecord(body, first + i);
            if (record.sequence() > after) {
                records.add(record);
            }
        }
    }

    private @Nullable ByteBuffer readBody(long begin) throws IOException {
        ByteBuffer length = read(begin, Integer.BYTES);
        int bytes = length == null ? 0 : length.getInt();
        return bytes <= 0 ? null : read(begin + Integer.BYTES, bytes);
    }

    private @Nullable ByteBuffer read(long at, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes);
        while (into.hasRemaining()) {
            if (file.read(into, at + into.position()) < 0) {
                return null;
            }
        }
        return into.flip();
    }

    private static void skipNames(ByteBuffer body) {
        for (int left = body.getInt(); left > 0; left--) {
            readText(body);
            readText(body);
            body.position(body.position() + 3 * Long.BYTES);
        }
        for (int left = body.getInt(); left > 0; left--) {
            readText(body);
        }
    }

    private PaymentRecord readRecord(ByteBuffer body, long sequence) {
        body.getLong();
        long timeMillis = body.getLong();
        String principal = principalsByNumber.get(body.getInt());
        Operation type = OPERATIONS[body.get()];
        Reason reason = REASONS[body.get()];
        MoneyEffect money = EFFECTS[body.get()];
        int flags = body.get();
        long minor = body.getLong();
        String id = readText(body);
        String currency = readText(body);
        AccountId payer = readAccount(body);
        AccountId payee = readAccount(body);
        String payment = (flags & FLAG_PAYMENT) == 0 ? null : readText(body);
        String method = (flags & FLAG_METHOD) == 0 ? PaymentRequest.LEDGER : readText(body);
        Map<String, String> metadata = new LinkedHashMap<>();
        if ((flags & FLAG_METADATA) != 0) {
            for (int left = body.getInt(); left > 0; left--) {
                metadata.put(readText(body), readText(body));
            }
        }
        Money amount = currency.isEmpty() ? null : new Money(minor, Currency.getInstance(currency));
        PaymentRequest request = new PaymentRequest(id, type, payer, payee, amount, payment, false, method, metadata);
        return new PaymentRecord(
                sequence,
                timeMillis,
                principal,
                request,
                reason,
                money,
                (flags & FLAG_DEBITED) == 0 ? null : payer,
                (flags & FLAG_CREDITED) == 0 ? null : payee,
                (flags & FLAG_SALE_SUMS) == 0 ? PaymentSums.NONE : PaymentSums.ofSale(minor));
    }

    private @Nullable AccountId readAccount(ByteBuffer body) {
        int number = body.getInt();
        if (number >= 0) {
            return accountsByNumber.get(number).account.id();
        }
        String name = readText(body);
        return name.isEmpty() ? null : AccountId.of(name);
    }

    /** Takes in every batch that is whole. */
    private void readAll() throws IOException {
        ByteBuffer body = readBody(end);
        while (body != null) {
            int bytes = body.remaining();
            ByteBuffer seal = read(end + Integer.BYTES + bytes, HASH_BYTES);
            byte[] expected = sealOf(body.duplicate());
            if (seal == null || !Arrays.equals(expected, seal.array())) {
                return;
            }
            chain = expected;
            addBatch(end);
            readIn(body);
            end += Integer.BYTES + bytes + HASH_BYTES;
            body = readBody(end);
        }
    }

    private void readIn(ByteBuffer body) {
        for (int left = body.getInt(); left > 0; left--) {
            AccountId id = AccountId.of(readText(body));
            Currency currency = Currency.getInstance(readText(body));
            add(new Account(id, currency, body.getLong(), body.getLong(), body.getLong()));
        }
        for (int left = body.getInt(); left > 0; left--) {
            addPrincipal(readText(body));
        }
        int count = body.getInt();
        long first = body.getLong();
        for (int i = 0; i < count; i++) {
            long hash = body.getLong(body.position());
            PaymentRecord record = readRecord(body, first + i);
            index(hash, record.sequence());
            lastSequence = record.sequence();
            lastTimeMillis = record.timeMillis();
        }
        for (int left = body.getInt(); left > 0; left--) {
            Numbered known = accountsByNumber.get(body.getInt());
            Account before = known.account;
            known.account = new Account(
                    before.id(), before.currency(), body.getLong(), body.getLong(), before.floor(), before.spending());
        }
        for (int left = body.getInt(); left > 0; left--) {
            cursors.put(readText(body), body.getLong());
        }
    }

    @Override
    public long lastSequence() {
        return lastSequence;
    }

    @Override
    public long lastTimeMillis() {
        return lastTimeMillis;
    }

    @Override
    public void forEachAccount(Consumer<Account> consumer) {
        new TreeMap<>(accounts).values().forEach(numbered -> consumer.accept(numbered.account));
    }

    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        // It takes none.
    }

    @Override
    public void unresolved(Predicate<PaymentRecord> visitor) {
        // It takes none.
    }

    @Override
    public long cursor(String name) {
        return cursors.getOrDefault(name, 0L);
    }

    @Override
    public History history() {
        return new History() {
            @Override
            public List<PaymentRecord> after(long sequence, int max) {
                return OwnFormat.this.after(sequence, max);
            }

            @Override
            public @Nullable PaymentRecord at(long sequence) {
                return payment(sequence);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new StoreException(path + " could not be closed: " + e, e);
        }
    }

    private void write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        room(Short.BYTES + bytes.length);
        frame.putShort((short) bytes.length).put(bytes);
    }

    private static String readText(ByteBuffer body) {
        byte[] bytes = new byte[body.getShort()];
        body.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void room(int bytes) {
        if (frame.remaining() < bytes) {
            int needed = frame.position() + bytes;
            frame = ByteBuffer.allocateDirect(Math.max(needed, 2 * frame.capacity()))
                    .put(frame.flip());
        }
    }
}
