package bayar.store.sqlite;

import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Reason;
import bayar.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads back what batches wrote, and seals it anew to compare. */
final class SealedRows implements AutoCloseable {
    static final String BATCHES = "SELECT number, first_sequence, payments, last_principal, last_kind, last_account,"
            + " time_millis, chain, id_hashes FROM batch";
    static final String KINDS =
            "SELECT number, type, status, reason, money, method, currency, is_final, begins FROM kind";

    private final PreparedStatement principals;
    private final PreparedStatement kinds;
    private final PreparedStatement accounts;
    private final PreparedStatement payments;
    private final Chain chain = new Chain();

    SealedRows(Connection connection) throws SQLException {
        String between = " BETWEEN ? AND ? ORDER BY 1";
        principals = connection.prepareStatement("SELECT number, name FROM principal WHERE number" + between);
        kinds = connection.prepareStatement(KINDS + " WHERE number" + between);
        accounts =
                connection.prepareStatement("SELECT number, name, currency, floor FROM account WHERE number" + between);
        payments = connection.prepareStatement("SELECT sequence, time_millis, principal, id, kind, debited, credited,"
                + " amount, detail FROM payment WHERE sequence" + between);
    }

    /** Gets each payment of a batch, in sequence; 0 stands for null. */
    @FunctionalInterface
    interface PaymentRows {
        void row(
                long sequence,
                long timeMillis,
                long principal,
                byte[] id,
                long kind,
                long debited,
                long credited,
                long amount,
                @Nullable String detail);
    }

    /** The hash that {@code batch} has to have, by the rows that it added. */
    byte[] seal(BatchRow before, BatchRow batch, PaymentRows visitor) throws SQLException {
        chain.begin(before.chain());
        chain.batch(batch);
        if (batch.lastPrincipal() != before.lastPrincipal()) {
            try (ResultSet row = range(principals, before.lastPrincipal() + 1, batch.lastPrincipal())) {
                while (row.next()) {
                    chain.principal(row.getLong(1), row.getString(2));
                }
            }
        }
        if (batch.lastKind() != before.lastKind()) {
            try (ResultSet row = range(kinds, before.lastKind() + 1, batch.lastKind())) {
                while (row.next()) {
                    chain.kind(row.getLong(1), kind(row));
                }
            }
        }
        if (batch.lastAccount() != before.lastAccount()) {
            try (ResultSet row = range(accounts, before.lastAccount() + 1, batch.lastAccount())) {
                while (row.next()) {
                    long floor = row.getLong(4);
                    boolean hasFloor = !row.wasNull();
                    chain.account(
                            row.getLong(1), row.getString(2), row.getString(3), hasFloor ? floor : Long.MIN_VALUE);
                }
            }
        }
        if (batch.payments() != 0) {
            try (ResultSet row = range(payments, batch.firstSequence(), batch.lastSequence())) {
                while (row.next()) {
                    payment(row, visitor);
                }
            }
        }
        return chain.end();
    }

    private void payment(ResultSet row, PaymentRows visitor) throws SQLException {
        long sequence = row.getLong(1);
        long timeMillis = row.getLong(2);
        long principal = row.getLong(3);
        byte[] id = row.getString(4).getBytes(StandardCharsets.ISO_8859_1);
        long kind = row.getLong(5);
        long debited = row.getLong(6);
        long credited = row.getLong(7);
        long amount = row.getLong(8);
        String detail = row.getString(9);
        chain.payment(sequence, timeMillis, principal, id, kind, debited, credited, amount, detail);
        visitor.row(sequence, timeMillis, principal, id, kind, debited, credited, amount, detail);
    }

    static BatchRow batch(ResultSet row) throws SQLException {
        return new BatchRow(
                row.getLong(1),
                row.getLong(2),
                row.getLong(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getBytes(8));
    }

    /** The kind in a row of {@link #KINDS}. */
    static Kind kind(ResultSet row) throws SQLException {
        Operation type = Operation.ofCode(row.getString(2));
        Reason reason = Reason.ofCode(row.getString(4));
        if (type == null || reason == null || !reason.status().code().equals(row.getString(3))) {
            throw unknownKind(row, null);
        }
        String currency = row.getString(7);
        try {
            return new Kind(
                    type,
                    reason,
                    MoneyEffect.valueOf(row.getString(5).toUpperCase(Locale.ROOT)),
                    row.getString(6),
                    currency == null ? null : Money.currency(currency),
                    row.getLong(8) != 0,
                    Kind.Begins.valueOf(row.getString(9).toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw unknownKind(row, e);
        }
    }

    private static StoreException unknownKind(ResultSet row, @Nullable Exception cause) throws SQLException {
        String message = "row " + row.getLong(1) + " of the ledger's table kind has words that this program does not"
                + " know; use the newer program that wrote it";
        return cause == null ? new StoreException(message) : new StoreException(message, cause);
    }

    private static ResultSet range(PreparedStatement statement, long first, long last) throws SQLException {
        statement.setLong(1, first);
        statement.setLong(2, last);
        return statement.executeQuery();
    }

    @Override
    public void close() throws SQLException {
        principals.close();
        kinds.close();
        accounts.close();
        payments.close();
    }
}
