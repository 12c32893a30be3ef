package bayar.store.sqlite;

import static bayar.store.sqlite.LedgerFile.number;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.StoreStatus;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.Course;
import bayar.ledger.Limits;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Spending;
import bayar.store.History;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import bayar.store.sqlite.StoredAccounts.Stored;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger in one SQLite file, {@code ledger.db}, in a directory of its own. The file can be queried with
 * {@code sqlite3} at any time, also while an engine runs; its tables and views are described in {@code docs/schema.md}.
 *
 * <p>What {@link #commit} has returned from survives the end of the process and a power cut. One engine at a time owns a
 * ledger; a second one is refused. After any failure the store refuses everything until it is opened anew.
 *
 * <p>How it is fast: a batch is one transaction and a few statements of many rows each. Payments are appended in
 * sequence order and no index is kept on their ids, which are random: {@link IdIndex} finds them, in memory, from hashes
 * that each batch keeps in one blob. What payments have in common is kept once, in {@code kind}; the two entries of a
 * payment are a view over it. Balances are apart from the accounts' names, so that a batch rewrites few pages.
 */
public final class SqliteStore implements PaymentStore {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    /** Accounts that were used lately may take this part of the heap, at about so many bytes each. */
    private static final int ACCOUNTS_HEAP_DIVISOR = 8;

    private static final int ACCOUNT_BYTES = 256;
    private static final int FEWEST_ACCOUNTS_IN_MEMORY = 10_000;
    private static final int ACCOUNTS_IN_FRONT = 1 << 14;
    /**
     * How much is kept apart before it is put in order; tests keep less.
     *
     * @param recentPayments in memory, a power of two
     * @param batchesUnfolded whose balances are folded in one round
     * @param logPages in the write-ahead log before it is copied into the file, 64 MB are soon read after a crash
     */
    record Tuning(int recentPayments, int batchesUnfolded, long logPages) {
        static final Tuning USUAL = new Tuning(8_192, 256, 16_000);
    }

    private static final String PAYMENT_BY_SEQUENCE = "SELECT " + RecordReader.COLUMNS + RecordReader.NOW_COLUMNS
            + " FROM payment p" + RecordReader.JOINS + RecordReader.NOW_JOINS + " WHERE p.sequence = ?";
    // A cross join is one that SQLite does not turn round: it is to follow the index of expiries.
    static final String OPEN_AUTHORIZATIONS = "SELECT " + RecordReader.COLUMNS + RecordReader.NOW_COLUMNS
            + ", o.expires_millis FROM open_authorization o CROSS JOIN payment p ON p.sequence = o.sequence"
            + RecordReader.JOINS + RecordReader.NOW_JOINS + " ORDER BY o.expires_millis, o.sequence";
    static final String UNRESOLVED = "SELECT " + RecordReader.COLUMNS + RecordReader.NOW_COLUMNS
            + " FROM unresolved u CROSS JOIN payment p ON p.sequence = u.sequence" + RecordReader.JOINS
            + RecordReader.NOW_JOINS + " ORDER BY u.sequence";
    private static final int EXPIRY_COLUMN = 25;
    private static final String ACCOUNT =
            "SELECT a.number, a.name, a.currency, b.posted, b.held, a.floor, l.window_millis, l.per_payment, l.per_day,"
                    + " l.per_window, l.day, l.day_amount, l.window_start_millis, l.window_count FROM account a"
                    + " JOIN %s b ON b.account = a.number LEFT JOIN account_limit l ON l.account = a.number";
    /** For what is not in memory, and so has no {@linkplain BalanceChanges change} that is not folded. */
    private static final String ACCOUNT_BY_NAME = ACCOUNT.formatted("balance") + " WHERE a.name = ?";

    private static final String ACCOUNTS_BY_NAME = ACCOUNT.formatted("current_balance") + " ORDER BY a.name";

    private final LedgerFile file;
    private final OwnerLock lock;
    private final Connection connection;
    private final IdHash idHash;
    private final LookAhead lookAhead;
    private final IdIndex idIndex;
    private final Chain chain = new Chain();

    private final Map<String, Long> principals = new HashMap<>();
    private final List<String> principalNames = new ArrayList<>();
    private final Map<Kind, Long> numberByKind = new HashMap<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final RecordReader reader;
    private final StoredAccounts accounts = new StoredAccounts(accountsInMemory(), ACCOUNTS_IN_FRONT);

    private final RecentPayments recentPayments;

    private final PreparedStatement begin;
    private final PreparedStatement commit;
    private final PreparedStatement accountByName;
    private final PreparedStatement paymentBySequence;
    private final RowInserter insertPrincipals;
    private final RowInserter insertKinds;
    private final RowInserter insertAccounts;
    private final RowInserter insertPayments;
    private final BalanceChanges balances;
    private final Checkpoints checkpoints;
    private final RowInserter putLimits;
    private final PreparedStatement deleteLimit;
    private final RowInserter putSums;
    private final RowInserter putStandings;
    private final PreparedStatement unresolved;
    private final RowInserter insertUnresolved;
    private final PreparedStatement deleteUnresolved;
    private final PreparedStatement openAuthorizations;
    private final RowInserter insertOpen;
    private final PreparedStatement deleteOpen;
    private final PreparedStatement cursorByName;
    private final RowInserter putCursors;
    private final RowInserter insertBatch;
    private final Gauges gauges;

    private @Nullable Kind lastKind;
    private long lastKindNumber;
    private BatchRow lastBatch;
    private @Nullable String unusable;
    private volatile boolean isUsable = true;

    /**
     * Opens the ledger in {@code directory}, or begins one there; the directory is made when it is missing.
     *
     * @throws StoreException if another engine has it open, if it cannot be read and written, or if what is there is not
     *     what was written; the message says what to do
     */
    public static SqliteStore open(Path directory) {
        return open(directory, SipHash::new, Tuning.USUAL);
    }

    static SqliteStore open(Path directory, Function<byte[], IdHash> idHashOfKey, Tuning tuning) {
        Path real = madeDirectory(directory);
        LedgerFile file = new LedgerFile(real);
        OwnerLock lock;
        try {
            lock = OwnerLock.take(real);
        } catch (IOException e) {
            throw new StoreException(
                    "no file can be written in " + real + " (" + e + "); give this user the right to, or choose another"
                            + " directory",
                    e);
        }
        Connection connection = null;
        SqliteStore store = null;
        try {
            connection = file.connectToWrite();
            boolean isNew = Schema.isMissing(connection);
            if (!isNew) {
                Schema.require(connection, file.path());
            }
            file.prepareToCommit(connection);
            if (isNew) {
                byte[] idKey = new byte[SipHash.KEY_BYTES];
                new SecureRandom().nextBytes(idKey);
                Schema.create(connection, idKey);
            }
            store = new SqliteStore(file, lock, connection, idHashOfKey, tuning);
            return store;
        } catch (SQLException e) {
            throw file.failure("opening the ledger", e);
        } finally {
            if (store == null) {
                closeAll(file, connection, lock);
            }
        }
    }

    /**
     * Hands over every account of the ledger in {@code directory} as it was committed last, in the order of their names.
     * Reads only, makes no file, and can be called whether or not an engine has the ledger open.
     *
     * @throws StoreException if there is no ledger, or it cannot be read
     */
    public static void readAccounts(Path directory, Consumer<Account> consumer) {
        LedgerFile file = new LedgerFile(directory);
        try (LedgerFile.Reading reading = file.connectToRead()) {
            Schema.require(reading.connection(), file.path());
            forEachAccount(reading.connection(), consumer);
            reading.requireUnchanged();
        } catch (SQLException e) {
            throw file.failure("reading the accounts", e);
        }
    }

    /**
     * Hands over every payment of the ledger in {@code directory} that is {@linkplain PaymentRecord#isUnresolved not
     * resolved}, as it stood at the last commit, the older first. Reads only, makes no file, and can be called whether or
     * not an engine has the ledger open.
     *
     * @throws StoreException if there is no ledger, or it cannot be read
     */
    public static void readUnresolved(Path directory, Consumer<PaymentRecord> consumer) {
        try (CommittedHistory history = CommittedHistory.open(new LedgerFile(directory))) {
            history.unresolved(consumer);
        }
    }

    /**
     * Walks the whole history of the ledger in {@code directory}: seals every batch anew and compares the hash chain,
     * derives every balance and every payment's sums from the records and compares them. Reads only, makes no file, and
     * can be called whether or not an engine has the ledger open.
     *
     * @param progress called now and then with the sequence number that was reached
     * @return what was found; look at {@link HistoryReport#isSound()}
     * @throws StoreException if there is no ledger, or it cannot be read
     */
    public static HistoryReport verify(Path directory, LongConsumer progress) {
        LedgerFile file = new LedgerFile(directory);
        try (LedgerFile.Reading reading = file.connectToRead()) {
            Schema.require(reading.connection(), file.path());
            HistoryReport report = new HistoryCheck(reading.connection()).report(progress);
            reading.requireUnchanged();
            return report;
        } catch (SQLException e) {
            throw file.failure("verifying the history", e);
        }
    }

    private SqliteStore(
            LedgerFile file, OwnerLock lock, Connection connection, Function<byte[], IdHash> idHashOfKey, Tuning tuning)
            throws SQLException {
        this.recentPayments = new RecentPayments(tuning.recentPayments());
        this.file = file;
        this.lock = lock;
        this.connection = connection;
        begin = connection.prepareStatement("BEGIN IMMEDIATE");
        commit = connection.prepareStatement("COMMIT");
        accountByName = connection.prepareStatement(ACCOUNT_BY_NAME);
        paymentBySequence = connection.prepareStatement(PAYMENT_BY_SEQUENCE);
        insertPrincipals = new RowInserter(connection, "INSERT INTO principal", 2);
        insertKinds = new RowInserter(connection, "INSERT INTO kind", 9);
        insertAccounts = new RowInserter(connection, "INSERT INTO account", 4);
        insertPayments = new RowInserter(connection, "INSERT INTO payment", 9);
        balances = new BalanceChanges(connection, tuning.batchesUnfolded());
        putLimits = new RowInserter(connection, "INSERT OR REPLACE INTO account_limit", 9);
        deleteLimit = connection.prepareStatement("DELETE FROM account_limit WHERE account = ?");
        putSums = new RowInserter(connection, "INSERT OR REPLACE INTO sums", 7);
        putStandings = new RowInserter(connection, "INSERT OR REPLACE INTO standing", 6);
        unresolved = connection.prepareStatement(UNRESOLVED);
        insertUnresolved = new RowInserter(connection, "INSERT OR IGNORE INTO unresolved", 1);
        deleteUnresolved = connection.prepareStatement("DELETE FROM unresolved WHERE sequence = ?");
        openAuthorizations = connection.prepareStatement(OPEN_AUTHORIZATIONS);
        insertOpen = new RowInserter(connection, "INSERT OR IGNORE INTO open_authorization", 2);
        deleteOpen = connection.prepareStatement("DELETE FROM open_authorization WHERE sequence = ?");
        cursorByName = connection.prepareStatement("SELECT sequence FROM cursor WHERE name = ?");
        putCursors = new RowInserter(connection, "INSERT OR REPLACE INTO cursor", 2);
        insertBatch = new RowInserter(
                connection,
                "INSERT INTO batch (number, first_sequence, payments, last_principal, last_kind, last_account,"
                        + " time_millis, chain, id_hashes)",
                9);

        reader = new RecordReader(file.path(), this::kind);
        idHash = idHashOfKey.apply(idKey(connection));
        lookAhead = new LookAhead(idHash);
        idIndex = new IdIndex(number(connection, "SELECT max(sequence) FROM payment"));
        loadPrincipals();
        loadKinds();
        lastBatch = loadBatches();
        requireConservedMoney();
        // Only now: a ledger that is refused is left as it was found.
        begin.executeUpdate();
        balances.foldAll();
        commit.executeUpdate();
        checkpoints = new Checkpoints(file, connection, file.connectToWrite(), tuning.logPages());
        checkpoints.start();
        gauges = new Gauges(connection, file, lastBatch.lastSequence(), checkpoints.logPages());
    }

    /** In each of two generations. */
    private static int accountsInMemory() {
        long share = Runtime.getRuntime().maxMemory() / ACCOUNTS_HEAP_DIVISOR / (2 * ACCOUNT_BYTES);
        return (int) Math.max(FEWEST_ACCOUNTS_IN_MEMORY, Math.min(Integer.MAX_VALUE / 2, share));
    }

    static byte[] idKey(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id_key FROM ledger");
                ResultSet row = select.executeQuery()) {
            byte[] key = row.next() ? row.getBytes(1) : new byte[0];
            if (key.length != SipHash.KEY_BYTES) {
                throw new StoreException("the ledger's table ledger has no id_key of " + SipHash.KEY_BYTES
                        + " bytes; restore the ledger from a backup");
            }
            return key;
        }
    }

    private void loadPrincipals() throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT number, name FROM principal ORDER BY number");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                rememberPrincipal(row.getString(2));
                if (row.getLong(1) != principals.size()) {
                    throw damaged("a row of table principal is missing before number " + row.getLong(1));
                }
            }
        }
    }

    private void loadKinds() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SealedRows.KINDS + " ORDER BY number");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                remember(SealedRows.kind(row));
                if (row.getLong(1) != kinds.size()) {
                    throw damaged("a row of table kind is missing before number " + row.getLong(1));
                }
            }
        }
    }

    /** Fills the index of ids, and looks whether the batches follow each other and the last one is as it was sealed. */
    private BatchRow loadBatches() throws SQLException {
        BatchRow before = BatchRow.NONE;
        BatchRow last = BatchRow.NONE;
        byte[] lastHashes = {};
        try (PreparedStatement select = connection.prepareStatement(SealedRows.BATCHES + " ORDER BY number");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                before = last;
                last = SealedRows.batch(row);
                lastHashes = row.getBytes(9);
                if (last.number() != before.number() + 1
                        || last.firstSequence() != before.lastSequence() + 1
                        || lastHashes.length != last.payments() * Long.BYTES) {
                    throw damaged("batch " + last.number() + " does not follow batch " + before.number());
                }
                for (int i = 0; i < last.payments(); i++) {
                    idIndex.add(IdHashes.get(lastHashes, i), last.firstSequence() + i);
                }
            }
        }
        if (number(connection, "SELECT max(sequence) FROM payment") != last.lastSequence()
                || number(connection, "SELECT max(number) FROM account") != last.lastAccount()
                || principals.size() != last.lastPrincipal()
                || kinds.size() != last.lastKind()) {
            throw damaged("there are more or fewer payments, accounts, principals or kinds than batch " + last.number()
                    + " knows of");
        }
        requireSealed(before, last, lastHashes);
        return last;
    }

    private void requireSealed(BatchRow before, BatchRow last, byte[] idHashes) throws SQLException {
        if (last.number() == 0) {
            return;
        }
        byte[] hashes = new byte[idHashes.length];
        try (SealedRows rows = new SealedRows(connection)) {
            byte[] seal = rows.seal(
                    before, last, (sequence, time, principal, id, kind, debited, credited, amount, detail) -> {
                        IdHashes.put(hashes, (int) (sequence - last.firstSequence()), idHash.of(principal, id));
                    });
            if (!Arrays.equals(seal, last.chain()) || !Arrays.equals(hashes, idHashes)) {
                throw damaged("batch " + last.number() + ", the last one, is not as it was sealed");
            }
        }
    }

    private void requireConservedMoney() throws SQLException {
        List<String> problems = Balances.problems(connection, lastBatch.lastAccount());
        if (!problems.isEmpty()) {
            throw damaged(problems.get(0));
        }
    }

    private StoreException damaged(String what) {
        return new StoreException(file.path() + ": " + what
                + "; keep the file, and restore the ledger from a backup (verify names the first batch that is wrong)");
    }

    @Override
    public StoreStatus status() {
        return gauges.status(description(), isUsable);
    }

    @Override
    public String description() {
        return "sqlite " + file.path();
    }

    @Override
    public long lastSequence() {
        return lastBatch.lastSequence();
    }

    @Override
    public long lastTimeMillis() {
        return lastBatch.timeMillis();
    }

    @Override
    public @Nullable Account account(AccountId id) {
        requireUsable();
        try {
            Stored stored = stored(id);
            return stored == null ? null : stored.account();
        } catch (SQLException e) {
            throw failed("reading an account", e);
        }
    }

    private @Nullable Stored stored(AccountId id) throws SQLException {
        Stored known = accounts.get(id);
        if (known != null) {
            return known;
        }
        accountByName.setString(1, id.value());
        try (ResultSet row = accountByName.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            Stored stored = new Stored(row.getLong(1), account(row));
            accounts.put(stored);
            return stored;
        }
    }

    private static Account account(ResultSet row) throws SQLException {
        long floor = row.getLong(6);
        boolean hasFloor = !row.wasNull();
        try {
            return new Account(
                    AccountId.of(row.getString(2)),
                    Money.currency(row.getString(3)),
                    row.getLong(4),
                    row.getLong(5),
                    hasFloor ? floor : Long.MIN_VALUE,
                    spending(row));
        } catch (BayarException | ArithmeticException e) {
            throw new StoreException(
                    "account number " + row.getLong(1) + " in the ledger's file is not what was written ("
                            + e.getMessage() + "); keep the file, and restore the ledger from a backup",
                    e);
        }
    }

    private static Spending spending(ResultSet row) throws SQLException {
        long windowMillis = row.getLong(7);
        if (windowMillis == 0) {
            return Spending.UNLIMITED;
        }
        Limits limits = new Limits(
                limit(row, 8, Long.MAX_VALUE),
                limit(row, 9, Long.MAX_VALUE),
                Math.toIntExact(limit(row, 10, Integer.MAX_VALUE)),
                Duration.ofMillis(windowMillis));
        return new Spending(
                limits, row.getLong(11), row.getLong(12), row.getLong(13), Math.toIntExact(row.getLong(14)));
    }

    private static long limit(ResultSet row, int column, long none) throws SQLException {
        long limit = row.getLong(column);
        return row.wasNull() ? none : limit;
    }

    @Override
    public void expect(String principal, PaymentRequest request) {
        Long number = principals.get(principal);
        // A principal's first batch has its ids looked for one by one.
        lookAhead.expect(number == null ? 0 : number, request);
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        requireUsable();
        lookAhead.look(idIndex, accounts);
        Long principalNumber = principals.get(principal);
        if (principalNumber == null) {
            return null;
        }
        try {
            long hash = lookAhead.hash(principalNumber, id);
            Search search = new Search(principalNumber, principal, id);
            return idIndex.find(hash, search) == 0 ? null : search.found;
        } catch (SQLException e) {
            throw failed("reading a payment", e);
        }
    }

    @Override
    public @Nullable PaymentRecord payment(long sequence) {
        requireUsable();
        PaymentRecord recent = recentPayments.get(sequence);
        if (recent != null) {
            return recent;
        }
        try {
            paymentBySequence.setLong(1, sequence);
            try (ResultSet row = paymentBySequence.executeQuery()) {
                return row.next() ? record(row) : null;
            }
        } catch (SQLException e) {
            throw failed("reading a payment", e);
        }
    }

    /** Compares the rows that the index proposes. */
    private final class Search implements IdIndex.Match {
        private final long principalNumber;
        private final String principal;
        private final String id;
        private @Nullable PaymentRecord found;

        Search(long principalNumber, String principal, String id) {
            this.principalNumber = principalNumber;
            this.principal = principal;
            this.id = id;
        }

        @Override
        public boolean test(long sequence) throws SQLException {
            PaymentRecord recent = recentPayments.get(sequence);
            if (recent != null) {
                found = recent;
                return recent.principal().equals(principal)
                        && recent.request().id().equals(id);
            }
            paymentBySequence.setLong(1, sequence);
            try (ResultSet row = paymentBySequence.executeQuery()) {
                if (!row.next()) {
                    throw damaged("payment " + sequence + " is missing");
                }
                if (row.getLong(3) != principalNumber || !row.getString(4).equals(id)) {
                    return false;
                }
                found = reader.now(row, principal);
                return true;
            }
        }
    }

    /** The payment as it stands now, in a row of the reader's columns. */
    private PaymentRecord record(ResultSet row) throws SQLException {
        long principal = row.getLong(3);
        if (principal < 1 || principal > principalNames.size()) {
            throw damaged("payment " + row.getLong(1) + " is of a principal that there is not");
        }
        return reader.now(row, principalNames.get((int) principal - 1));
    }

    private Kind kind(long number) {
        if (number < 1 || number > kinds.size()) {
            throw new BayarException("there is no kind " + number);
        }
        return kinds.get((int) number - 1);
    }

    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        requireUsable();
        try (ResultSet row = openAuthorizations.executeQuery()) {
            boolean wanted = true;
            while (wanted && row.next()) {
                PaymentRecord record = record(row);
                if (!record.isOpen() || record.expiresMillis() != row.getLong(EXPIRY_COLUMN)) {
                    throw damaged("table open_authorization is wrong about payment " + record.sequence());
                }
                wanted = visitor.test(record);
            }
        } catch (SQLException e) {
            throw failed("reading the open authorizations", e);
        }
    }

    @Override
    public void unresolved(Predicate<PaymentRecord> visitor) {
        requireUsable();
        try (ResultSet row = unresolved.executeQuery()) {
            boolean wanted = true;
            while (wanted && row.next()) {
                PaymentRecord record = record(row);
                if (!record.isUnresolved()) {
                    throw damaged("table unresolved is wrong about payment " + record.sequence());
                }
                wanted = visitor.test(record);
            }
        } catch (SQLException e) {
            throw failed("reading the unresolved payments", e);
        }
    }

    @Override
    public long cursor(String name) {
        requireUsable();
        try {
            cursorByName.setString(1, name);
            try (ResultSet row = cursorByName.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        } catch (SQLException e) {
            throw failed("reading a cursor", e);
        }
    }

    @Override
    public History history() {
        return CommittedHistory.open(file);
    }

    @Override
    public void forEachAccount(Consumer<Account> consumer) {
        requireUsable();
        try {
            forEachAccount(connection, consumer);
        } catch (SQLException e) {
            throw failed("reading the accounts", e);
        }
    }

    private static void forEachAccount(Connection connection, Consumer<Account> consumer) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(ACCOUNTS_BY_NAME);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                consumer.accept(account(row));
            }
        }
    }

    @Override
    public void commit(Changes changes) {
        requireUsable();
        if (changes.isEmpty()) {
            return;
        }
        // Whatever is thrown from here on, this stays set.
        unusable = "a commit failed";
        try {
            begin.executeUpdate();
            BatchRow batch = write(changes);
            commit.executeUpdate();
            lastBatch = batch;
            recentPayments.keep(changes);
            unusable = null;
            long logPages = checkpoints.logPages();
            gauges.committed(batch.lastSequence(), logPages);
            checkpoints.look(logPages);
        } catch (SQLException e) {
            throw failed("committing batch " + (lastBatch.number() + 1), e);
        } finally {
            isUsable = unusable == null;
        }
    }

    private BatchRow write(Changes changes) throws SQLException {
        requireConsecutive(changes.records());
        List<PaymentRecord> records = changes.records();
        List<String> newPrincipals = newPrincipals(records);
        long[] kindNumbers = new long[records.size()];
        int kindsBefore = kinds.size();
        for (int i = 0; i < kindNumbers.length; i++) {
            kindNumbers[i] = kindNumber(records.get(i));
        }
        List<Kind> newKinds = kinds.subList(kindsBefore, kinds.size());

        BatchRow batch = new BatchRow(
                lastBatch.number() + 1,
                lastBatch.lastSequence() + 1,
                records.size(),
                lastBatch.lastPrincipal() + newPrincipals.size(),
                lastBatch.lastKind() + newKinds.size(),
                lastBatch.lastAccount() + changes.opened().size(),
                records.isEmpty()
                        ? lastBatch.timeMillis()
                        : records.get(records.size() - 1).timeMillis(),
                Chain.BEGINNING);

        chain.begin(lastBatch.chain());
        chain.batch(batch);
        writePrincipals(newPrincipals);
        writeKinds(newKinds);
        writeAccounts(changes);
        byte[] idHashes = writePayments(records, kindNumbers);
        requireThere(changes);
        writeSums(changes);
        writeStandings(changes);
        writeOpen(changes);
        writeUnresolved(changes);
        writeCursors(changes.cursors());
        boolean hasAppended = !records.isEmpty() || !changes.opened().isEmpty();
        return hasAppended ? writeBatch(batch.withChain(chain.end()), idHashes) : lastBatch;
    }

    /** Most records are of the kind of the one before. */
    private long kindNumber(PaymentRecord record) {
        Kind last = lastKind;
        if (last == null || !last.isOf(record)) {
            lastKind = Kind.of(record);
            Long known = numberByKind.get(lastKind);
            lastKindNumber = known == null ? remember(lastKind) : known;
        }
        return lastKindNumber;
    }

    private void requireConsecutive(List<PaymentRecord> records) {
        long last = lastBatch.lastSequence();
        for (PaymentRecord record : records) {
            if (record.sequence() != last + 1) {
                throw new StoreException("record " + record.sequence() + " does not follow record " + last);
            }
            last = record.sequence();
        }
        if (last > IdIndex.MAX_SEQUENCE) {
            throw new StoreException(
                    file.path() + " is full: one ledger takes " + IdIndex.MAX_SEQUENCE + " payments; begin a new one");
        }
    }

    private List<String> newPrincipals(List<PaymentRecord> records) {
        List<String> added = new ArrayList<>();
        for (PaymentRecord record : records) {
            String name = record.principal();
            if (!principals.containsKey(name)) {
                if (!AccountId.isValid(name)) {
                    throw new StoreException("record " + record.sequence() + " has a principal that is no valid name");
                }
                rememberPrincipal(name);
                added.add(name);
            }
        }
        return added;
    }

    private void rememberPrincipal(String name) {
        principalNames.add(name);
        principals.put(name, (long) principalNames.size());
    }

    private void writePrincipals(List<String> names) throws SQLException {
        long number = lastBatch.lastPrincipal();
        insertPrincipals.begin(names.size());
        for (String name : names) {
            number++;
            insertPrincipals.put(number);
            insertPrincipals.put(name);
            chain.principal(number, name);
        }
    }

    private long remember(Kind kind) {
        kinds.add(kind);
        numberByKind.put(kind, (long) kinds.size());
        return kinds.size();
    }

    private void writeKinds(List<Kind> added) throws SQLException {
        long number = lastBatch.lastKind();
        insertKinds.begin(added.size());
        for (Kind kind : added) {
            number++;
            insertKinds.put(number);
            insertKinds.put(kind.type().code());
            insertKinds.put(kind.reason().status().code());
            insertKinds.put(kind.reason().code());
            insertKinds.put(kind.money().code());
            insertKinds.put(kind.method());
            insertKinds.put(kind.currency() == null ? null : kind.currency().getCurrencyCode());
            insertKinds.put(kind.isFinal() ? 1 : 0);
            insertKinds.put(kind.begins().code());
            chain.kind(number, kind);
        }
    }

    /** Writes the accounts that are new, and what changes of the others. */
    private void writeAccounts(Changes changes) throws SQLException {
        List<Stored> opened = new ArrayList<>(changes.opened().size());
        insertAccounts.begin(changes.opened().size());
        for (Account account : changes.opened()) {
            long number = lastBatch.lastAccount() + opened.size() + 1;
            String name = account.id().value();
            String currency = account.currency().getCurrencyCode();
            insertAccounts.put(number);
            insertAccounts.put(name);
            insertAccounts.put(currency);
            insertAccounts.putUnless(Long.MIN_VALUE, account.floor());
            chain.account(number, name, currency, account.floor());
            Stored stored = new Stored(number, account);
            accounts.put(stored);
            opened.add(stored);
            writeLimits(number, Spending.UNLIMITED, account.spending());
        }
        balances.put(opened);
        List<Stored> changed = new ArrayList<>(changes.changed().size());
        for (Account account : changes.changed()) {
            Stored stored = stored(account.id());
            if (stored == null
                    || !stored.account().currency().equals(account.currency())
                    || stored.account().floor() != account.floor()) {
                throw new StoreException("account " + account.id()
                        + " is to be changed, but there is none of that name, currency and floor");
            }
            Account before = stored.account();
            writeLimits(stored.number(), before.spending(), account.spending());
            stored.account(account);
            if (before.posted() != account.posted() || before.held() != account.held()) {
                changed.add(stored);
            }
        }
        balances.write(changed);
    }

    private void writeLimits(long account, Spending before, Spending spending) throws SQLException {
        // Usually it is the very same, and to compare all its parts costs more than to write the balance.
        if (spending == before || spending.equals(before)) {
            return;
        }
        if (spending.equals(Spending.UNLIMITED)) {
            deleteLimit.setLong(1, account);
            deleteLimit.executeUpdate();
            return;
        }
        Limits limits = spending.limits();
        putLimits.begin(1);
        putLimits.put(account);
        putLimits.putUnless(Long.MAX_VALUE, limits.perPaymentMinor());
        putLimits.putUnless(Long.MAX_VALUE, limits.perDayMinor());
        putLimits.putUnless(Integer.MAX_VALUE, limits.perWindowCount());
        putLimits.put(limits.window().toMillis());
        putLimits.put(spending.day());
        putLimits.put(spending.dayMinor());
        putLimits.put(spending.windowStartMillis());
        putLimits.put(spending.windowCount());
    }

    private byte[] writePayments(List<PaymentRecord> records, long[] kindNumbers) throws SQLException {
        byte[] idHashes = new byte[records.size() * Long.BYTES];
        lookAhead.rewind();
        insertPayments.begin(records.size());
        for (int i = 0; i < kindNumbers.length; i++) {
            PaymentRecord record = records.get(i);
            String id = record.request().id();
            byte[] idBytes = id.getBytes(StandardCharsets.ISO_8859_1);
            long principal = principals.get(record.principal());
            Money amount = record.request().amount();
            long amountMinor = amount == null ? 0 : amount.minor();
            long debited = accountNumber(record.debited());
            long credited = accountNumber(record.credited());
            String detail = detail(record, debited, credited).toJson();

            insertPayments.put(record.sequence());
            insertPayments.put(record.timeMillis());
            insertPayments.put(principal);
            insertPayments.put(id);
            insertPayments.put(kindNumbers[i]);
            insertPayments.putOrNull(debited);
            insertPayments.putOrNull(credited);
            insertPayments.putOrNull(amountMinor);
            insertPayments.put(detail);
            chain.payment(
                    record.sequence(),
                    record.timeMillis(),
                    principal,
                    idBytes,
                    kindNumbers[i],
                    debited,
                    credited,
                    amountMinor,
                    detail);

            long hash = lookAhead.hash(principal, id);
            IdHashes.put(idHashes, i, hash);
            requireUnused(records, record, principal, hash);
            idIndex.add(hash, record.sequence());
        }
        return idHashes;
    }

    /** The ledger never records an id twice; looking costs next to nothing here. */
    private void requireUnused(List<PaymentRecord> records, PaymentRecord record, long principal, long hash)
            throws SQLException {
        String id = record.request().id();
        long first = lastBatch.lastSequence() + 1;
        Search earlier = new Search(principal, record.principal(), id);
        long used = idIndex.find(hash, sequence -> {
            if (sequence < first) {
                return earlier.test(sequence);
            }
            PaymentRecord other = records.get((int) (sequence - first));
            return other.principal().equals(record.principal())
                    && other.request().id().equals(id);
        });
        if (used != 0) {
            throw new StoreException("record " + record.sequence() + " has the id of record " + used);
        }
    }

    private long accountNumber(@Nullable AccountId id) throws SQLException {
        Stored stored = id == null ? null : stored(id);
        return stored == null ? 0 : stored.number();
    }

    private static Detail detail(PaymentRecord record, long debited, long credited) {
        PaymentRequest request = record.request();
        String payer = unlessSame(request.payer(), record.debited());
        String payee = unlessSame(request.payee(), record.credited());
        String unknownDebited = debited == 0 ? nameOf(record.debited()) : null;
        String unknownCredited = credited == 0 ? nameOf(record.credited()) : null;
        PaymentSums begun = Kind.Begins.of(record) == Kind.Begins.OTHER ? record.sums() : null;
        if (payer == null
                && payee == null
                && unknownDebited == null
                && unknownCredited == null
                && request.payment() == null
                && record.expiresMillis() == 0
                && begun == null
                && request.metadata().isEmpty()) {
            return Detail.NONE;
        }
        return new Detail(
                payer,
                payee,
                unknownDebited,
                unknownCredited,
                request.payment(),
                record.expiresMillis(),
                begun,
                request.metadata());
    }

    private static @Nullable String unlessSame(@Nullable AccountId asked, @Nullable AccountId taken) {
        return asked == null || asked.equals(taken) ? null : asked.value();
    }

    private static @Nullable String nameOf(@Nullable AccountId id) {
        return id == null ? null : id.value();
    }

    private void requireThere(Changes changes) {
        long last = lastBatch.lastSequence() + changes.records().size();
        for (Long sequence : changes.payments().keySet()) {
            if (sequence < 1 || sequence > last) {
                throw new StoreException("record " + sequence + " is to be changed, but there is none");
            }
        }
    }

    /** Sums that are still nothing have never been anything else, so that they need no row. */
    private void writeSums(Changes changes) throws SQLException {
        List<PaymentRecord> rows = where(changes, payment -> !payment.sums().equals(PaymentSums.NONE));
        putSums.begin(rows.size());
        for (PaymentRecord row : rows) {
            PaymentSums sums = row.sums();
            putSums.put(row.sequence());
            putSums.put(sums.authorized());
            putSums.put(sums.captured());
            putSums.put(sums.released());
            putSums.put(sums.refunded());
            putSums.put(sums.capturing());
            putSums.put(sums.refunding());
        }
    }

    private void writeStandings(Changes changes) throws SQLException {
        List<PaymentRecord> rows = where(changes, payment -> payment.course().step() > 0);
        putStandings.begin(rows.size());
        for (PaymentRecord row : rows) {
            Course course = row.course();
            putStandings.put(row.sequence());
            putStandings.put(course.step());
            putStandings.put(course.doubtMillis());
            putStandings.put(course.reference());
            putStandings.put(course.anomalies());
            putStandings.put(course.contradicted());
        }
    }

    private static List<PaymentRecord> where(Changes changes, Predicate<PaymentRecord> condition) {
        if (changes.payments().isEmpty()) {
            return List.of();
        }
        return changes.payments().values().stream().filter(condition).toList();
    }

    /** Keeps the table of what is open as it is after this batch. What never had an expiry was never in it. */
    private void writeOpen(Changes changes) throws SQLException {
        for (PaymentRecord changed : changes.payments().values()) {
            if (isEarlier(changed) && changed.expiresMillis() != 0 && !changed.isOpen()) {
                deleteOpen.setLong(1, changed.sequence());
                gauges.holds(-deleteOpen.executeUpdate());
            }
        }
        List<PaymentRecord> opened = afterBatch(changes, PaymentRecord::isOpen);
        long before = insertOpen.inserted();
        insertOpen.begin(opened.size());
        for (PaymentRecord record : opened) {
            insertOpen.put(record.sequence());
            insertOpen.put(record.expiresMillis());
        }
        gauges.holds(insertOpen.inserted() - before);
    }

    /** Keeps the table of what is unresolved as it is after this batch. Only a step takes a payment out of it. */
    private void writeUnresolved(Changes changes) throws SQLException {
        for (PaymentRecord changed : changes.payments().values()) {
            if (isEarlier(changed) && changed.course().step() > 0 && !changed.isUnresolved()) {
                deleteUnresolved.setLong(1, changed.sequence());
                gauges.unresolved(-deleteUnresolved.executeUpdate());
            }
        }
        List<PaymentRecord> rows = afterBatch(changes, PaymentRecord::isUnresolved);
        long before = insertUnresolved.inserted();
        insertUnresolved.begin(rows.size());
        for (PaymentRecord row : rows) {
            insertUnresolved.put(row.sequence());
        }
        gauges.unresolved(insertUnresolved.inserted() - before);
    }

    private boolean isEarlier(PaymentRecord payment) {
        return payment.sequence() <= lastBatch.lastSequence();
    }

    /** Those of the payments that the batch appends or changes for which this holds as they are after it. */
    private static List<PaymentRecord> afterBatch(Changes changes, Predicate<PaymentRecord> condition) {
        List<PaymentRecord> found = new ArrayList<>();
        for (PaymentRecord record : changes.records()) {
            if (condition.test(record) && !changes.payments().containsKey(record.sequence())) {
                found.add(record);
            }
        }
        found.addAll(where(changes, condition));
        return found;
    }

    private void writeCursors(Map<String, Long> cursors) throws SQLException {
        putCursors.begin(cursors.size());
        for (Map.Entry<String, Long> cursor : cursors.entrySet()) {
            putCursors.put(cursor.getKey());
            putCursors.put(cursor.getValue());
        }
    }

    private BatchRow writeBatch(BatchRow batch, byte[] idHashes) throws SQLException {
        insertBatch.begin(1);
        insertBatch.put(batch.number());
        insertBatch.put(batch.firstSequence());
        insertBatch.put(batch.payments());
        insertBatch.put(batch.lastPrincipal());
        insertBatch.put(batch.lastKind());
        insertBatch.put(batch.lastAccount());
        insertBatch.put(batch.timeMillis());
        insertBatch.put(batch.chain());
        insertBatch.put(idHashes);
        return batch;
    }

    private void requireUsable() {
        checkpoints.requireWorking();
        if (unusable != null) {
            throw new StoreException(file.path() + " is not used any more: " + unusable + "; open it anew");
        }
    }

    private StoreException failed(String doing, SQLException e) {
        StoreException failure = file.failure(doing, e);
        unusable = failure.getMessage();
        isUsable = false;
        return failure;
    }

    /** For tests: the connection that commits. */
    Connection connection() {
        return connection;
    }

    @Override
    public void close() {
        if (unusable == null) {
            foldBalances();
        }
        endCheckpoints();
        closeAll(file, connection, lock);
        unusable = "it was closed";
        isUsable = false;
    }

    private void endCheckpoints() {
        try {
            checkpoints.close();
        } catch (SQLException e) {
            LOG.warn("{} did not close in good order; what was committed is safe in its log", file.path(), e);
        }
    }

    /** So that whoever reads the tables of a ledger at rest finds each balance in one place. */
    private void foldBalances() {
        if (balances.isEmpty()) {
            return;
        }
        try {
            begin.executeUpdate();
            balances.fold();
            commit.executeUpdate();
        } catch (SQLException e) {
            LOG.warn("{} keeps the last balances as changes; nothing is lost", file.path(), e);
        }
    }

    private static void closeAll(LedgerFile file, @Nullable Connection connection, OwnerLock lock) {
        try {
            if (connection != null) {
                // The last one to close also copies the log into the file; a failure there loses nothing.
                connection.close();
            }
        } catch (SQLException e) {
            LOG.warn("{} did not close in good order; what was committed is safe in its log", file.path(), e);
        }
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("the lock beside {} is only given back when this process ends", file.path(), e);
        }
    }

    private static Path madeDirectory(Path directory) {
        Path absolute = directory.toAbsolutePath();
        try {
            boolean isNew = !Files.exists(absolute);
            Files.createDirectories(absolute);
            Path real = absolute.toRealPath();
            if (isNew) {
                forceNames(real.getParent());
            }
            return real;
        } catch (IOException e) {
            throw new StoreException(
                    "the directory " + absolute + " cannot be made (" + e + "); choose another, or give this user the"
                            + " right to make it",
                    e);
        }
    }

    /** Makes the new name in a directory survive a power cut, where the system lets directories be opened at all. */
    private static void forceNames(@Nullable Path directory) throws IOException {
        boolean isPosix = directory != null
                && directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (isPosix) {
            try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
                names.force(true);
            }
        }
    }
}
