package bayar.store.sqlite;

import bayar.BayarException;
import bayar.ledger.PaymentRecord;
import bayar.store.History;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the records as they were appended, over a connection of its own that cannot write. Each call is one short
 * transaction, so that it does not keep the engine from emptying its log.
 */
final class CommittedHistory implements History {
    private static final Logger LOG = LoggerFactory.getLogger(CommittedHistory.class);

    // The cross joins keep the order of the sequence.
    private static final String RECORDS = "SELECT " + RecordReader.COLUMNS
            + ", n.name FROM payment p CROSS JOIN principal n ON n.number = p.principal" + RecordReader.JOINS;

    static final String RECORDS_AFTER = RECORDS + " WHERE p.sequence > ? ORDER BY p.sequence LIMIT ?";

    private static final int PRINCIPAL_COLUMN = 10;

    private static final String UNRESOLVED_NOW = "SELECT " + RecordReader.COLUMNS + RecordReader.NOW_COLUMNS
            + ", n.name FROM unresolved u CROSS JOIN payment p ON p.sequence = u.sequence"
            + " CROSS JOIN principal n ON n.number = p.principal" + RecordReader.JOINS + RecordReader.NOW_JOINS
            + " ORDER BY u.sequence";
    private static final int PRINCIPAL_NOW_COLUMN = 25;

    private final LedgerFile file;
    private final LedgerFile.Reading reading;
    private final PreparedStatement recordsAfter;
    private final PreparedStatement recordAt;
    private final PreparedStatement kindByNumber;
    private final Map<Long, Kind> kinds = new HashMap<>();
    private final RecordReader reader;

    private CommittedHistory(LedgerFile file, LedgerFile.Reading reading) throws SQLException {
        this.file = file;
        this.reading = reading;
        recordsAfter = reading.connection().prepareStatement(RECORDS_AFTER);
        recordAt = reading.connection().prepareStatement(RECORDS + " WHERE p.sequence = ?");
        kindByNumber = reading.connection().prepareStatement(SealedRows.KINDS + " WHERE number = ?");
        reader = new RecordReader(file.path(), this::kind);
    }

    static CommittedHistory open(LedgerFile file) {
        try {
            LedgerFile.Reading reading = file.connectToRead();
            CommittedHistory history = null;
            try {
                history = new CommittedHistory(file, reading);
                return history;
            } finally {
                if (history == null) {
                    reading.close();
                }
            }
        } catch (SQLException e) {
            throw file.failure("opening the history", e);
        }
    }

    @Override
    public List<PaymentRecord> after(long sequence, int max) {
        try {
            recordsAfter.setLong(1, sequence);
            recordsAfter.setLong(2, max);
            List<PaymentRecord> records = new ArrayList<>();
            try (ResultSet row = recordsAfter.executeQuery()) {
                while (row.next()) {
                    records.add(reader.appended(row, row.getString(PRINCIPAL_COLUMN)));
                }
            }
            return records;
        } catch (SQLException e) {
            throw file.failure("reading the history", e);
        }
    }

    @Override
    public @Nullable PaymentRecord at(long sequence) {
        try {
            recordAt.setLong(1, sequence);
            try (ResultSet row = recordAt.executeQuery()) {
                return row.next() ? reader.appended(row, row.getString(PRINCIPAL_COLUMN)) : null;
            }
        } catch (SQLException e) {
            throw file.failure("reading the history", e);
        }
    }

    /** Hands over the payments that are not resolved, as they stand now. */
    void unresolved(Consumer<PaymentRecord> consumer) {
        try {
            Schema.require(reading.connection(), file.path());
            try (PreparedStatement select = reading.connection().prepareStatement(UNRESOLVED_NOW);
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    consumer.accept(reader.now(row, row.getString(PRINCIPAL_NOW_COLUMN)));
                }
            }
            reading.requireUnchanged();
        } catch (SQLException e) {
            throw file.failure("reading the unresolved payments", e);
        }
    }

    private Kind kind(long number) throws SQLException {
        Kind known = kinds.get(number);
        if (known != null) {
            return known;
        }
        kindByNumber.setLong(1, number);
        try (ResultSet row = kindByNumber.executeQuery()) {
            if (!row.next()) {
                throw new BayarException("there is no kind " + number);
            }
            Kind kind = SealedRows.kind(row);
            kinds.put(number, kind);
            return kind;
        }
    }

    @Override
    public void close() {
        try {
            reading.close();
        } catch (SQLException e) {
            LOG.warn("a reader of {} did not close in good order; it has written nothing", file.path(), e);
        }
    }
}
