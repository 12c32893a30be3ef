package bayar.store.sqlite;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.ledger.Course;
import bayar.ledger.PaymentRecord;
import bayar.store.StoreException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Makes records of the rows of {@code payment}: as they were appended, or as the payments stand now. */
final class RecordReader {
    /** What was appended; of the table {@code payment p}. */
    static final String COLUMNS =
            "p.sequence, p.time_millis, p.principal, p.id, p.kind, d.name, c.name, p.amount, p.detail";

    static final String JOINS =
            " LEFT JOIN account d ON d.number = p.debited LEFT JOIN account c ON c.number = p.credited";

    /** What has become of it; to follow {@link #COLUMNS}. For a plain payment these are two rows that are not there. */
    static final String NOW_COLUMNS = ", s.authorized, s.captured, s.released, s.refunded, s.capturing, s.refunding,"
            + " t.step, t.doubt_millis, t.reference, t.anomalies, t.contradicted,"
            + " q.time_millis, q.kind, q.amount, q.detail";

    static final String NOW_JOINS = " LEFT JOIN sums s ON s.sequence = p.sequence"
            + " LEFT JOIN standing t ON t.sequence = p.sequence LEFT JOIN payment q ON q.sequence = t.step";

    /** Knows the kinds by their numbers. */
    @FunctionalInterface
    interface Kinds {
        /** @throws BayarException if there is none of this number */
        Kind kind(long number) throws SQLException;
    }

    private final Path path;
    private final Kinds kinds;

    /** @param path of the ledger's file, to name it where a row is not what was written */
    RecordReader(Path path, Kinds kinds) {
        this.path = path;
        this.kinds = kinds;
    }

    /** The record as it was appended, from a row with {@link #COLUMNS}. */
    PaymentRecord appended(ResultSet row, String principal) throws SQLException {
        long sequence = row.getLong(1);
        try {
            return record(row, principal, kinds.kind(row.getLong(5)), Detail.ofJson(row.getString(9)));
        } catch (BayarException | ArithmeticException | JacksonException e) {
            throw damaged(sequence, e);
        }
    }

    /** The record as it stands now, from a row with {@link #COLUMNS} and {@link #NOW_COLUMNS}. */
    PaymentRecord now(ResultSet row, String principal) throws SQLException {
        PaymentRecord appended = appended(row, principal);
        try {
            PaymentSums sums = sums(row, appended);
            long step = row.getLong(16);
            if (step == 0) {
                return sums == appended.sums() ? appended : appended.withSums(sums);
            }
            return after(row, appended, sums, step);
        } catch (BayarException | ArithmeticException | JacksonException e) {
            throw damaged(appended.sequence(), e);
        }
    }

    private static PaymentRecord record(ResultSet row, String principal, Kind kind, Detail detail) throws SQLException {
        long amount = row.getLong(8);
        AccountId debited = accountId(row.getString(6), detail.debited());
        AccountId credited = accountId(row.getString(7), detail.credited());
        boolean namesAccounts = kind.type().namesAccounts();
        PaymentRequest request = new PaymentRequest(
                row.getString(4),
                kind.type(),
                namesAccounts ? accountId(detail.payer(), debited) : null,
                namesAccounts ? accountId(detail.payee(), credited) : null,
                amount(kind, amount),
                detail.payment(),
                kind.isFinal(),
                kind.method(),
                detail.metadata());
        return new PaymentRecord(
                row.getLong(1),
                row.getLong(2),
                principal,
                request,
                kind.reason(),
                kind.money(),
                debited,
                credited,
                detail.begun() != null ? detail.begun() : kind.begins().sums(amount),
                detail.expiresMillis());
    }

    private static PaymentSums sums(ResultSet row, PaymentRecord appended) throws SQLException {
        long authorized = row.getLong(10);
        return row.wasNull()
                ? appended.sums()
                : new PaymentSums(
                        authorized,
                        row.getLong(11),
                        row.getLong(12),
                        row.getLong(13),
                        row.getLong(14),
                        row.getLong(15));
    }

    private PaymentRecord after(ResultSet row, PaymentRecord appended, PaymentSums sums, long step)
            throws SQLException {
        Kind kind = kinds.kind(row.getLong(22));
        Course course = new Course(
                step,
                appended.timeMillis(),
                row.getLong(17),
                amount(kind, row.getLong(23)),
                row.getString(18),
                Math.toIntExact(row.getLong(19)),
                Math.toIntExact(row.getLong(20)));
        return new PaymentRecord(
                appended.sequence(),
                row.getLong(21),
                appended.principal(),
                appended.request(),
                kind.reason(),
                kind.money(),
                appended.debited(),
                appended.credited(),
                sums,
                Detail.ofJson(row.getString(24)).expiresMillis(),
                course);
    }

    private static @Nullable Money amount(Kind kind, long minor) {
        return kind.currency() == null ? null : new Money(minor, kind.currency());
    }

    private static @Nullable AccountId accountId(@Nullable String name, @Nullable String otherwise) {
        String chosen = name == null ? otherwise : name;
        return chosen == null ? null : AccountId.of(chosen);
    }

    private static @Nullable AccountId accountId(@Nullable String name, @Nullable AccountId otherwise) {
        return name == null ? otherwise : AccountId.of(name);
    }

    private StoreException damaged(long sequence, Exception e) {
        return new StoreException(
                path + ": payment " + sequence + " is not what was written (" + e.getMessage()
                        + "); keep the file, and restore the ledger from a backup",
                e);
    }
}
