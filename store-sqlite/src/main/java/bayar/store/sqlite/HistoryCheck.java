package bayar.store.sqlite;

import static bayar.store.sqlite.LedgerFile.run;

import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentSums;
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
 * <p>Reads in short transactions, so that an engine that goes on committing can go on emptying its log; what is kept is
 * compared in the transaction that reaches the end.
 */
final class HistoryCheck {
    private static final int BATCHES_PER_TRANSACTION = 1000;

    private final Connection connection;
    private final IdHash idHash;
    private final Map<Long, Kind> kinds = new HashMap<>();
    private long[] postedByAccount = new long[1024];
    private final Map<Reference, Long> refundedByPayment = new HashMap<>();

    private BatchRow last = BatchRow.NONE;
    private @Nullable String problem;
    private long badBatch;

    private record Reference(long principal, String id) {}

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
    }

    private void check(History history, BatchRow batch, byte[] idHashes) throws SQLException {
        if (batch.number() != last.number() + 1 || batch.firstSequence() != last.lastSequence() + 1) {
            fail(last.number() + 1, "batch " + (last.number() + 1) + " is missing, or not where it was");
            return;
        }
        if (batch.lastAccount() >= postedByAccount.length) {
            postedByAccount = Arrays.copyOf(
                    postedByAccount, Math.toIntExact(Math.max(batch.lastAccount() + 1, postedByAccount.length * 2L)));
        }
        if (idHashes.length != batch.payments() * Long.BYTES) {
            fail(batch.number(), "batch " + batch.number() + " does not have one id hash for each payment");
            return;
        }
        byte[] hashes = new byte[idHashes.length];
        byte[] seal = history.seal(last, batch, (sequence, principal, id, kind, debited, credited, amount, detail) -> {
            IdHashes.put(hashes, (int) (sequence - batch.firstSequence()), idHash.of(principal, id));
            add(sequence, principal, kind, debited, credited, amount, detail);
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
        if (kind.money() != MoneyEffect.MOVED) {
            return;
        }
        postedByAccount[(int) debited] -= amount;
        postedByAccount[(int) credited] += amount;
        if (kind.type() == Operation.REFUND) {
            try {
                String payment = Detail.ofJson(detail).payment();
                if (payment != null) {
                    refundedByPayment.merge(new Reference(principal, payment), amount, Long::sum);
                }
            } catch (JacksonException e) {
                problem = "the detail of payment " + sequence + " is not JSON";
            }
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
    }

    private void compareCount(String table, String what, long expected) throws SQLException {
        long found = LedgerFile.number(connection, "SELECT " + what + " FROM " + table);
        if (problem == null && found != expected) {
            problem = what + " of table " + table + " is " + found + "; the batches say " + expected;
        }
    }

    private void compareBalances() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT b.account, a.name, b.posted FROM balance b JOIN account a ON a.number = b.account");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                long posted = row.getLong(3);
                long derived = postedByAccount[(int) row.getLong(1)];
                if (posted != derived) {
                    problem = "account " + row.getString(2) + " has " + posted + " posted; its payments make it "
                            + derived;
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
                Long refunded = refundedByPayment.remove(new Reference(row.getLong(6), row.getString(7)));
                if (kind == null) {
                    problem = "there are sums for payment " + row.getLong(1) + ", but no such payment";
                } else if (kind.begins() != Kind.Begins.OTHER) {
                    PaymentSums begun = kind.begins().sums(row.getLong(9));
                    long expected = refunded == null ? 0 : refunded;
                    if (row.getLong(5) != expected
                            || (kind.begins() == Kind.Begins.CAPTURED
                                    && (row.getLong(2) != begun.authorized() || row.getLong(3) != begun.captured()))) {
                        problem = "payment " + row.getLong(1) + " has " + row.getLong(5)
                                + " refunded; its refunds make it " + expected;
                    }
                }
            }
        }
        if (problem == null && !refundedByPayment.isEmpty()) {
            Reference missing = refundedByPayment.keySet().iterator().next();
            problem = "payment " + missing.id() + " was refunded, but has no row in table sums";
        }
    }
}
