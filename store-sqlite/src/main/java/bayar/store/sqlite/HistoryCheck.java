package bayar.store.sqlite;

import static bayar.store.sqlite.LedgerFile.number;
import static bayar.store.sqlite.LedgerFile.run;

import bayar.PaymentSums;
import bayar.ledger.Ledger;
import bayar.store.sqlite.Replay.Acts;
import bayar.store.sqlite.Replay.Outside;
import bayar.store.sqlite.Replay.Reference;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Walks a ledger's history from its beginning: seals each batch anew, and {@linkplain Replay adds up} what the records say
 * to compare it with what is kept of it.
 *
 * <p>Reads in short transactions, so that an engine that goes on committing can go on emptying its log; what is kept is
 * compared in the transaction that reaches the end.
 */
final class HistoryCheck {
    private static final int BATCHES_PER_TRANSACTION = 1000;

    private final Connection connection;
    private final IdHash idHash;
    private final Map<Long, Kind> kinds = new HashMap<>();
    private final Replay replay = new Replay();

    private BatchRow last = BatchRow.NONE;
    private @Nullable String problem;
    private long badBatch;

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
        try (SealedRows rows = new SealedRows(connection);
                PreparedStatement select = connection.prepareStatement(SealedRows.BATCHES + " WHERE number > "
                        + last.number() + " ORDER BY number LIMIT " + BATCHES_PER_TRANSACTION);
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                check(rows, SealedRows.batch(row), row.getBytes(9));
                walked++;
            }
        }
        return walked < BATCHES_PER_TRANSACTION;
    }

    private void loadKinds() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SealedRows.KINDS);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                kinds.put(row.getLong(1), SealedRows.kind(row));
            }
        }
        replay.ledgerPrincipal(
                number(connection, "SELECT number FROM principal WHERE name = '" + Ledger.PRINCIPAL + "'"));
    }

    private void check(SealedRows rows, BatchRow batch, byte[] idHashes) throws SQLException {
        if (batch.number() != last.number() + 1 || batch.firstSequence() != last.lastSequence() + 1) {
            fail(last.number() + 1, "batch " + (last.number() + 1) + " is missing, or not where it was");
            return;
        }
        replay.reachAccount(batch.lastAccount());
        if (idHashes.length != batch.payments() * Long.BYTES) {
            fail(batch.number(), "batch " + batch.number() + " does not have one id hash for each payment");
            return;
        }
        byte[] hashes = new byte[idHashes.length];
        byte[] seal = rows.seal(
                last, batch, (sequence, time, principal, id, kindNumber, debited, credited, amount, detail) -> {
                    IdHashes.put(hashes, (int) (sequence - batch.firstSequence()), idHash.of(principal, id));
                    Kind kind = kinds.get(kindNumber);
                    // Of an unknown kind, the hash will not fit either.
                    if (kind != null) {
                        replay.add(sequence, time, principal, id, kind, debited, credited, amount, detail);
                    }
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
            problem = replay.problem();
        }
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
        compareStandings();
        compareUnresolved();
    }

    private void compareCount(String table, String what, long expected) throws SQLException {
        long found = number(connection, "SELECT " + what + " FROM " + table);
        if (problem == null && found != expected) {
            problem = what + " of table " + table + " is " + found + "; the batches say " + expected;
        }
    }

    private void compareBalances() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT b.account, a.name, b.posted, b.held"
                        + " FROM current_balance b JOIN account a ON a.number = b.account");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                long posted = replay.posted(row.getLong(1));
                long held = replay.held(row.getLong(1));
                if (row.getLong(3) != posted || row.getLong(4) != held) {
                    problem = "account " + row.getString(2) + " has " + row.getLong(3) + " posted and " + row.getLong(4)
                            + " held; its payments make it " + posted + " and " + held;
                }
            }
        }
    }

    private void compareSums() throws SQLException {
        Map<Reference, Acts> actsByPayment = replay.actsByPayment();
        try (PreparedStatement select = connection.prepareStatement("SELECT s.sequence, s.authorized, s.captured,"
                        + " s.released, s.refunded, s.capturing, s.refunding, p.principal, p.id, p.kind, p.amount,"
                        + " p.detail FROM sums s LEFT JOIN payment p ON p.sequence = s.sequence");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                Kind kind = kinds.get(row.getLong(10));
                Acts acts = actsByPayment.remove(new Reference(row.getLong(8), row.getString(9)));
                if (kind == null) {
                    problem = "there are sums for payment " + row.getLong(1) + ", but no such payment";
                    return;
                }
                String kept = sums(
                        row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(7));
                String derived = sums(begun(kind, row), acts == null ? new Acts() : acts);
                if (!kept.equals(derived)) {
                    problem = "payment " + row.getLong(1) + " has " + kept + "; what acted on it makes it " + derived;
                }
            }
        }
        actsByPayment.values().removeIf(Acts::areNone);
        if (problem == null && !actsByPayment.isEmpty()) {
            Reference missing = actsByPayment.keySet().iterator().next();
            problem = "payment " + missing.id() + " was acted on, but has no row in table sums";
        }
    }

    private static PaymentSums begun(Kind kind, ResultSet row) throws SQLException {
        PaymentSums told = kind.begins() == Kind.Begins.OTHER
                ? Detail.ofJson(row.getString(12)).begun()
                : null;
        return told != null ? told : kind.begins().sums(row.getLong(11));
    }

    private static String sums(PaymentSums begun, Acts acts) {
        return sums(
                begun.authorized() + acts.authorized,
                begun.captured() + acts.captured,
                begun.released() + acts.released,
                begun.refunded() + acts.refunded,
                begun.capturing() + acts.capturing,
                begun.refunding() + acts.refunding);
    }

    private static String sums(
            long authorized, long captured, long released, long refunded, long capturing, long refunding) {
        return authorized + " authorized, " + captured + " captured, " + released + " released, " + refunded
                + " refunded, " + capturing + " capturing, " + refunding + " refunding";
    }

    private void compareOpen() throws SQLException {
        Set<Long> missing = new HashSet<>(replay.openBySequence().keySet());
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT sequence, expires_millis FROM open_authorization");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                Acts open = replay.openBySequence().get(row.getLong(1));
                missing.remove(row.getLong(1));
                if (open == null || open.expiresMillis() != row.getLong(2)) {
                    problem = "table open_authorization is wrong about payment " + row.getLong(1);
                }
            }
        }
        requireNone(missing, "is open, but not in table open_authorization");
    }

    private void compareStandings() throws SQLException {
        Set<Long> missing = outside(payment -> payment.step() != 0);
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT sequence, step, doubt_millis, reference, anomalies, contradicted FROM standing");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                // Which anomalies there were is only in the words of their records, so they are counted.
                Outside payment = replay.outsideBySequence().get(row.getLong(1));
                missing.remove(row.getLong(1));
                boolean isSo = payment != null
                        && payment.step() == row.getLong(2)
                        && payment.doubtMillis() == row.getLong(3)
                        && Objects.equals(payment.reference(), row.getString(4))
                        && payment.anomalies() == Long.bitCount(row.getLong(5))
                        && payment.contradicted() == Long.bitCount(row.getLong(6));
                if (!isSo) {
                    problem = "table standing is wrong about payment " + row.getLong(1);
                }
            }
        }
        requireNone(missing, "was told more about, but is not in table standing");
    }

    private void compareUnresolved() throws SQLException {
        Set<Long> missing = outside(Outside::isUnresolved);
        try (PreparedStatement select = connection.prepareStatement("SELECT sequence FROM unresolved");
                ResultSet row = select.executeQuery()) {
            while (row.next() && problem == null) {
                if (!missing.remove(row.getLong(1))) {
                    problem = "table unresolved is wrong about payment " + row.getLong(1);
                }
            }
        }
        requireNone(missing, "is unresolved, but not in table unresolved");
    }

    private Set<Long> outside(Predicate<Outside> condition) {
        Set<Long> sequences = new HashSet<>();
        replay.outsideBySequence().forEach((sequence, payment) -> {
            if (condition.test(payment)) {
                sequences.add(sequence);
            }
        });
        return sequences;
    }

    private void requireNone(Set<Long> missing, String why) {
        if (problem == null && !missing.isEmpty()) {
            problem = "payment " + Collections.min(missing) + " " + why;
        }
    }
}
