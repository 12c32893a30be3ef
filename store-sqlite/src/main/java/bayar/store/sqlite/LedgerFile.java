package bayar.store.sqlite;

import bayar.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteException;

/**
 * The file {@value #NAME} of a ledger's directory: how it is opened by its owner and by readers, and what its errors
 * mean.
 *
 * <p>It is only ever touched through SQLite: closing any other descriptor of it would drop SQLite's own locks on it.
 */
final class LedgerFile {
    static final String NAME = "ledger.db";

    /** How long a commit waits for another program that holds the file's write lock. */
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;

    private final Path path;

    LedgerFile(Path directory) {
        path = directory.resolve(NAME);
    }

    Path path() {
        return path;
    }

    /** The write-ahead log beside it; there while a connection that writes is open. */
    Path log() {
        return Path.of(path + "-wal");
    }

    boolean exists() {
        return Files.exists(path);
    }

    /** A connection that may write; it has changed nothing yet. */
    Connection connectToWrite() throws SQLException {
        Properties properties = new Properties();
        // Else the driver asks for the last row's number after every insert.
        properties.setProperty("jdbc.get_generated_keys", "false");
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path.toUri(), properties);
        boolean configured = false;
        try {
            // The store says BEGIN and COMMIT itself. In auto-commit the driver tries to begin a transaction after
            // every statement, to see whether there is one.
            connection.unwrap(SQLiteConnection.class).getConnectionConfig().setAutoCommit(false);
            run(connection, "PRAGMA busy_timeout = " + BUSY_TIMEOUT_MILLIS);
            // Where a sync only reaches the drive's own cache (macOS), ask for more; elsewhere these do nothing.
            run(connection, "PRAGMA fullfsync = ON");
            run(connection, "PRAGMA checkpoint_fullfsync = ON");
            run(connection, "PRAGMA trusted_schema = OFF");
            run(connection, "PRAGMA cell_size_check = ON");
            configured = true;
            return connection;
        } finally {
            if (!configured) {
                connection.close();
            }
        }
    }

    /** Sets what makes a commit durable, and fast. */
    void prepareToCommit(Connection connection) throws SQLException {
        String mode = text(connection, "PRAGMA journal_mode = WAL");
        if (!mode.equals("wal")) {
            throw new StoreException(
                    path + ": this file system does not let SQLite keep a write-ahead log (journal mode" + " stays "
                            + mode + "); put the ledger on a local disk");
        }
        // A commit returns after the log is on the disk.
        run(connection, "PRAGMA synchronous = FULL");
        // References hold by construction; looking them up for each row would cost more than the row.
        run(connection, "PRAGMA foreign_keys = OFF");
        run(connection, "PRAGMA cache_size = -65536");
        // The store sees to that, see Checkpoints.
        run(connection, "PRAGMA wal_autocheckpoint = 0");
        run(connection, "PRAGMA journal_size_limit = 134217728");
    }

    /**
     * A connection that reads the ledger as it was committed last, writes nothing and makes no file: neither beside a
     * running engine nor when there is none.
     */
    Reading connectToRead() throws SQLException {
        if (!exists()) {
            throw new StoreException(
                    "there is no ledger in " + path.getParent() + " (no file " + NAME + "); name its directory");
        }
        FileTime modifiedBefore = modified();
        boolean hasLog = Files.exists(log());
        boolean hasSharedMemory = Files.exists(Path.of(path + "-shm"));
        if (hasLog && hasSharedMemory) {
            // An engine runs, or died: all that is needed is there.
            Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path.toUri() + "?mode=ro");
            return new Reading(connection, null);
        }
        if (!hasLog) {
            // Closed in good order: all is in the file itself, and to SQLite it is as if on a medium that never
            // changes.
            Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path.toUri() + "?mode=ro&immutable=1");
            return new Reading(connection, modifiedBefore);
        }
        // A copy of file and log, such as a backup: index the log in private memory, for which SQLite wants no locks.
        boolean onWindows =
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        Connection connection = DriverManager.getConnection(
                "jdbc:sqlite:" + path.toUri() + "?mode=ro&vfs=" + (onWindows ? "win32-none" : "unix-none"));
        run(connection, "PRAGMA locking_mode = EXCLUSIVE");
        return new Reading(connection, modifiedBefore);
    }

    private FileTime modified() {
        try {
            return Files.getLastModifiedTime(path);
        } catch (IOException e) {
            throw new StoreException(path + " cannot be looked at: " + e, e);
        }
    }

    /** A connection to read by; closing it says whether what was read can be trusted. */
    final class Reading implements AutoCloseable {
        private final Connection connection;
        private final @Nullable FileTime modifiedBefore;

        private Reading(Connection connection, @Nullable FileTime modifiedBefore) {
            this.connection = connection;
            this.modifiedBefore = modifiedBefore;
        }

        Connection connection() {
            return connection;
        }

        /** @throws StoreException if the file was read without locks and an engine has changed it meanwhile */
        void requireUnchanged() {
            if (modifiedBefore != null && !modifiedBefore.equals(modified())) {
                throw new StoreException(path + " was changed by an engine that started while it was read; read again");
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }

    /** What {@code e}, met while {@code doing} something, means and what to do about it. */
    StoreException failure(String doing, SQLException e) {
        String code = e instanceof SQLiteException known ? known.getResultCode().name() : "SQLITE_ERROR";
        // Extended codes, such as SQLITE_IOERR_WRITE, begin with the name of the plain one.
        String meaning;
        if (code.startsWith("SQLITE_FULL")) {
            meaning = "the disk is full; free space on it, then restart";
        } else if (code.startsWith("SQLITE_IOERR")) {
            meaning = "the disk failed to read or write; look at the system's log, mend the disk, then restart";
        } else if (code.startsWith("SQLITE_CORRUPT")) {
            meaning = "the file is damaged; keep it, and restore the ledger from a backup";
        } else if (code.startsWith("SQLITE_NOTADB")) {
            meaning = "this is not a ledger but a file of another program, or one that was overwritten; move it away,"
                    + " or choose another directory";
        } else if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_PERM")) {
            meaning = "the file may not be written; give this user the right to write the file and its directory";
        } else if (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_AUTH")) {
            meaning = "the file cannot be opened; give this user the right to read and write it and its directory";
        } else if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
            meaning = "another program keeps the file locked; end it (an sqlite3 shell with an open transaction?), then"
                    + " restart";
        } else if (code.startsWith("SQLITE_NOMEM")) {
            meaning = "the system has no memory left; free some, then restart";
        } else {
            meaning = "the database refused it; keep the file and report this";
        }
        return new StoreException(path + ": " + meaning + " (" + e.getMessage() + ", while " + doing + ")", e);
    }

    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
