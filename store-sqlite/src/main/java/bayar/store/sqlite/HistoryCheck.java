package bayar.store.sqlite;

import static bayar.store.sqlite.LedgerFile.number;
import static bayar.store.sqlite.LedgerFile.run;

import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentSums;
import bayar.Status;
import bayar.ledger.Ledger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Walks a ledger's history from its beginning: seals each batch anew, and adds up what the records say to compare it with
 * the balances and sums that are kept.
 *
 * <p>Keeps in memory what later records did to each authorization and to each sale that was refunded.
 *
 * <p>Reads in short transactions, so that an engine that goes on committing can go on emptying its log; what is kept is
 * compared in the transaction that reaches the end.
 */
final class HistoryCheck {
    private static final int BATCHES_PER_TRANSACTION = 1000;

    private final Connection connection;
    private final IdHash idHash;
    private final Map<Long, Kind> kinds = new HashMap<>();
    private long[] postedByAccount = new long[1024];
    private long[] heldByAccount = new long[1024];
    private final Map<Reference, Acts> actsByPayment = new HashMap<>();
    private final Map<Long, Acts> openBySequence = new HashMap<>();
    private long ledgerPrincipal;

    private BatchRow last = BatchRow.NONE;
    private @Nullable String problem;
    private long badBatch;

    private record Reference(long principal, @Nullable String id) {}

    /** What later records did to one payment; for an authorization also what is still held of it, and where. */
    private static final class Acts {
        private long captured;
        private long released;
        private long refunded;

        private int account;
        private long open;
        private long sequence;
        private long expiresMillis;

        boolean areNone() {
            return captured == 0 && released == 0 && refunded == 0;
        }
    }

    HistoryCheck(Connection connection) throws SQLException {
        this.connection = connection;
        run(connection, "BEGIN");
        idHash = new SipHash(SqliteStore.idKey(connection));
        run(connection, "COMMIT");
    }

    HistoryReport report(LongConsumer progress) throws SQLException {
        boolean reachedEnd = false;
        while (!reachedEnd && problem == null) {
            run(connection, "BEGIN");
            reachedEnd = walk();
            if (reachedEnd && problem == null) {
                compareTotals();
            }
            run(connection, "COMMIT");
            progress.accept(last.lastSequence());
        }
        return new HistoryReport(last.number(), last.lastSequence(), last.lastAccount(), badBatch, problem);
    }

    /** Walks on by some batches; true when none are left. */
    private boolean walk() throws SQLException {
        loadKinds();
        int walked = 0;
        try (History history = new History(connection);
                PreparedStatement select = connection.prepareStatement(History.BATCHES + " WHERE number > "
                        + last.number() + " ORDER BY number LIMIT " + BATCHES_PER_TRANSACTION);
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                check(history, History.batch(row), row.getBytes(9));
                walked++;
            }
        }
        return walked < BATCHES_PER_TRANSACTION;
    }

    private void loadKinds() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(History.KINDS);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                kinds.put(row.getLong(1), History.kind(row));
            }
        }
        ledgerPrincipal = number(connection, "SELECT number FROM principal WHERE name = '" + Ledger.PRINCIPAL + "'");
    }

    private void check(History history, BatchRow batch, byte[] idHashes) throws SQLException {
        if (batch.number() != last.number() + 1 || batch.firstSequence() != last.lastSequence() + 1) {
            fail(last.number() + 1, "batch " + (last.number() + 1) + " is missing, or not where it was");
            return;
        }
        if (batch.lastAccount() >= postedByAccount.length) {
            int length = Math.toIntExact(Math.max(batch.lastAccount() + 1, postedByAccount.length * 2L));
            postedByAccount = Arrays.copyOf(postedByAccount, length);
            heldByAccount = Arrays.copyOf(heldByAccount, length);
        }
        if (idHashes.length != batch.payments() * Long.BYTES) {
            fail(batch.number(), "batch " + batch.number() + " does not have one id hash for each payment");
            return;
        }
        byte[] hashes = new byte[idHashes.length];
        byte[] seal = history.seal(last, batch, (sequence, principal, id, kind, debited, credited, amount, detail) -> {
            IdHashes.put(hashes, (int) (sequence - batch.firstSequence()), idHash.of(principal, id));
            add(sequence, principal, id, kind, debited, credited, amount, detail);
        });
        if (!Arrays.equals(seal, batch.chain())) {
            fail(
                    batch.number(),
                    "batch " + batch.number() + " (payments " + batch.firstSequence() + " to " + batch.lastSequence()
                            + ") is not as it was sealed");
        } else if (!Arrays.equals(hashes, idHashes)) {
            fail(batch.number(), "the id hashes of batch " + batch.number() + " are not those of its payments");
        } else {
            last = batch;
        }
    }

    private void add(
            long sequence,
            long principal,
            byte[] id,
            long kindNumber,
            long debited,
            long credited,
            long amount,
            @Nullable String detail) {
        Kind kind = kinds.get(kindNumber);
        if (kind == null || outside(debited) || outside(credited)) {
            // The hash will not fit either.
            return;
        }
        if (kind.money() == MoneyEffect.MOVED) {
            postedByAccount[(int) debited] -= amount;
            postedByAccount[(int) credited] += amount;
        }
        boolean standsAlone = kind.type() == Operation.SALE || kind.type() == Operation.TRANSFER;
        if (standsAlone || kind.reason().status() != Status.APPROVED) {
            return;
        }
        Reference itself = new Reference(principal, new String(id, StandardCharsets.ISO_8859_1));
        try {
            Detail details = Detail.ofJson(detail);
            switch (kind.type()) {
                case AUTHORIZE -> authorize(sequence, itself, debited, amount, details.expiresMillis());
                case CAPTURE -> {
                    Acts acts = authorization(sequence, new Reference(principal, details.payment()));
                    acts.captured += amount;
                    release(acts, amount);
                    if (kind.isFinal()) {
                        releaseRest(acts);
                    }
                }
                case VOID ->
                    releaseRest(
                            principal == ledgerPrincipal
                                    ? expired(sequence, itself.id())
                                    : authorization(sequence, new Reference(principal, details.payment())));
                case REFUND ->
                    actsByPayment.computeIfAbsent(new Reference(principal, details.payment()), sale -> new Acts())
                            .refunded += amount;
                default -> {}
            }
        } catch (JacksonException e) {
            problem = "the detail of payment " + sequence + " is not JSON";
        }
    }

    private void authorize(long sequence, Reference itself, long debited, long amount, long expiresMillis) {
        Acts acts = new Acts();
        acts.account = (int) debited;
        acts.open = amount;
        acts.sequence = sequence;
        acts.expiresMillis = expiresMillis;
        heldByAccount[acts.account] += amount;
        actsByPayment.put(itself, acts);
        openBySequence.put(sequence, acts);
    }

    /** What was done to the authorization that a record acts on. */
    private Acts authorization(long sequence, Reference reference) {
        return known(sequence, actsByPayment.get(reference));
    }

    private Acts expired(long sequence, String id) {
        Acts found = openBySequence.get(Ledger.sequenceOfExpired(id));
        return known(sequence, found);
    }

    private Acts known(long sequence, @Nullable Acts acts) {
        if (acts == null || acts.open == 0) {
            problem = "payment " + sequence + " acts on an authorization of which nothing is held";
        }
        return acts == null ? new Acts() : acts;
    }

    private void releaseRest(Acts acts) {
        acts.released += acts.open;
        release(acts, acts.open);
    }

    private void release(Acts acts, long amount) {
        acts.open -= amount;
        heldByAccount[acts.account] -= amount;
        if (acts.open == 0) {
            openBySequence.remove(acts.sequence);
        }
    }

    private boolean outside(long account) {
        return account < 0 || account >= postedByAccount.length;
    }

    private void fail(long batch, String what) {
        badBatch = batch;
        problem = what;
    }

    private void compareTotals() throws SQLException {
        compareCount("payment", "max(sequence)", last.lastSequence());
        compareCount("payment", "count(*)", last.lastSequence());
        compareCount("account", "count(*)", last.lastAccount());
        compareCount("principal", "count(*)", last.lastPrincipal());
        compareCount("kind", "count(*)", last.lastKind());
        List<String> problems = Balances.problems(connection, last.lastAccount());
        if (problem == null && !problems.isEmpty()) {
            problem = problems.get(0);
        }
        compareBalances();
        compareSums();
        compareOpen();
    }

    private void compareCount(String table, String what, long expected) throws SQLException {
        long found = number(connection, "SELECT " + what + " FROM " + table);
        if (problem == null && found != expected) {
            problem = what + " of table " + table + " is " + found + "; the batches say " + expected;
        }
    }

    private void compareBalances() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT b.account, a.name, b.posted, b.held"
                        + " FROM balance b JOIN account a ON a.number = b.account");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                int account = (int) row.getLong(1);
                if (row.getLong(3) != postedByAccount[account] || row.getLong(4) != heldByAccount[account]) {
                    problem = "account " + row.getString(2) + " has " + row.getLong(3) + " posted and "
                            + row.getLong(4) + " held; its payments make it " + postedByAccount[account] + " and "
                            + heldByAccount[account];
                }
            }
        }
    }

    private void compareSums() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT s.sequence, s.authorized, s.captured,"
                        + " s.released, s.refunded, p.principal, p.id, p.kind, p.amount"
                        + " FROM sums s LEFT JOIN payment p ON p.sequence = s.sequence");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                Kind kind = kinds.get(row.getLong(8));
                Acts acts = actsByPayment.remove(new Reference(row.getLong(6), row.getString(7)));
                if (kind == null) {
                    problem = "there are sums for payment " + row.getLong(1) + ", but no such payment";
                } else if (kind.begins() != Kind.Begins.OTHER) {
                    String kept = sums(row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
                    PaymentSums begun = kind.begins().sums(row.getLong(9));
                    String derived = acts == null
                            ? sums(begun.authorized(), begun.captured(), 0, 0)
                            : sums(begun.authorized(), begun.captured() + acts.captured, acts.released, acts.refunded);
                    if (!kept.equals(derived)) {
                        problem =
                                "payment " + row.getLong(1) + " has " + kept + "; what acted on it makes it " + derived;
                    }
                }
            }
        }
        actsByPayment.values().removeIf(Acts::areNone);
        if (problem == null && !actsByPayment.isEmpty()) {
            Reference missing = actsByPayment.keySet().iterator().next();
            problem = "payment " + missing.id() + " was acted on, but has no row in table sums";
        }
    }

    private static String sums(long authorized, long captured, long released, long refunded) {
        return authorized + " authorized, " + captured + " captured, " + released + " released, " + refunded
                + " refunded";
    }

    private void compareOpen() throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT sequence, expires_millis FROM open_authorization");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                Acts open = openBySequence.remove(row.getLong(1));
                if (open == null || open.expiresMillis != row.getLong(2)) {
                    problem = "table open_authorization is wrong about payment " + row.getLong(1);
                }
            }
        }
        if (problem == null && !openBySequence.isEmpty()) {
            problem = "authorization " + openBySequence.keySet().iterator().next()
                    + " is open, but not in table open_authorization";
        }
    }
}
