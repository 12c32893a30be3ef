package bayar.store.sqlite;

import static bayar.store.sqlite.LedgerFile.number;
import static bayar.store.sqlite.LedgerFile.run;

import bayar.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The tables of a ledger: made in a new file, recognised in one that is there. */
final class Schema {
    /** Marks the file as ours: "Baya" in ASCII. */
    static final int APPLICATION_ID = 0x42617961;

    static final int VERSION = 2;

    /** Whether the file is as SQLite makes it, with nothing in it. */
    static boolean isMissing(Connection connection) throws SQLException {
        return number(connection, "PRAGMA application_id") == 0
                && number(connection, "PRAGMA user_version") == 0
                && number(connection, "SELECT count(*) FROM sqlite_master") == 0;
    }

    /** @throws StoreException if the file is not a ledger, or one of another version */
    static void require(Connection connection, Path file) throws SQLException {
        if (number(connection, "PRAGMA application_id") != APPLICATION_ID) {
            throw new StoreException(
                    file + " is a database of another program, not a ledger; choose another directory");
        }
        long version = number(connection, "PRAGMA user_version");
        if (version > VERSION) {
            throw new StoreException(file + " has schema version " + version + ", this program knows versions up to "
                    + VERSION + "; use the newer program that wrote it");
        }
        if (version < VERSION) {
            throw new StoreException(file + " has schema version " + version
                    + ", which was never released; this program" + " knows version " + VERSION);
        }
    }

    /** Makes the tables, all or none. */
    static void create(Connection connection, byte[] idKey) throws SQLException {
        run(connection, "BEGIN IMMEDIATE");
        for (String statement : sql().split(";\\s*\n")) {
            run(connection, statement);
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO ledger VALUES (1, ?)")) {
            insert.setBytes(1, idKey);
            insert.executeUpdate();
        }
        run(connection, "PRAGMA application_id = " + APPLICATION_ID);
        run(connection, "PRAGMA user_version = " + VERSION);
        run(connection, "COMMIT");
    }

    private static String sql() {
        try (InputStream resource = Schema.class.getResourceAsStream("schema.sql")) {
            if (resource == null) {
                throw new StoreException("schema.sql is missing beside this program's classes; install it whole");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("schema.sql cannot be read from this program's own files", e);
        }
    }

    private Schema() {}
}
