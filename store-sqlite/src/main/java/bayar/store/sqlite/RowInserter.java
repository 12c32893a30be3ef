package bayar.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * Inserts many rows by few statements: {@code INSERT … VALUES (…), (…), …} with {@link #SIZES} rows each, prepared once.
 * The largest that the rows left over fill is taken each time.
 */
final class RowInserter {
    private static final int[] SIZES = {64, 8, 1};

    private final PreparedStatement[] statements = new PreparedStatement[SIZES.length];
    private final int columns;

    private PreparedStatement current;
    private int rowsLeft;
    private int bound;
    private int wanted;
    private long inserted;

    /** @param insertInto the statement up to and without {@code VALUES} */
    RowInserter(Connection connection, String insertInto, int columns) throws SQLException {
        this.columns = columns;
        String row = "(" + String.join(",", Collections.nCopies(columns, "?")) + ")";
        for (int i = 0; i < SIZES.length; i++) {
            statements[i] = connection.prepareStatement(
                    insertInto + " VALUES " + String.join(",", Collections.nCopies(SIZES[i], row)));
        }
        current = statements[0];
    }

    /** Begins with {@code rows} rows; all their values are to follow, row by row. */
    void begin(int rows) {
        rowsLeft = rows;
        choose();
    }

    /** How many rows it has inserted so far; those that were there already and were left alone do not count. */
    long inserted() {
        return inserted;
    }

    void put(long value) throws SQLException {
        current.setLong(++bound, value);
        runWhenFull();
    }

    void put(@Nullable String value) throws SQLException {
        current.setString(++bound, value);
        runWhenFull();
    }

    void put(byte[] value) throws SQLException {
        current.setBytes(++bound, value);
        runWhenFull();
    }

    /** Puts {@code value}, or null when it is 0. */
    void putOrNull(long value) throws SQLException {
        putUnless(0, value);
    }

    /** Puts {@code value}, or null when it is {@code none}. */
    void putUnless(long none, long value) throws SQLException {
        if (value == none) {
            put((String) null);
        } else {
            put(value);
        }
    }

    private void runWhenFull() throws SQLException {
        if (bound == wanted) {
            inserted += current.executeUpdate();
            rowsLeft -= wanted / columns;
            choose();
        }
    }

    private void choose() {
        bound = 0;
        for (int i = 0; i < SIZES.length; i++) {
            if (SIZES[i] <= rowsLeft) {
                current = statements[i];
                wanted = SIZES[i] * columns;
                return;
            }
        }
        wanted = 0;
    }
}
