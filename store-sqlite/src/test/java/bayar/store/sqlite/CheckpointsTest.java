package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log is copied into the file behind the engine's back, and begins anew. */
@Timeout(120)
class CheckpointsTest {
    private static final SqliteStore.Tuning SMALL_LOG = new SqliteStore.Tuning(4, 16, 50);
    private static final int MEGABYTE = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void theLogDoesNotGrowForEver() throws Exception {
        try (SqliteStore store = SqliteStore.open(directory, SipHash::new, SMALL_LOG)) {
            commitMany(store, 0, 2000);
            assertTrue(logBytes() < 2 * MEGABYTE, logBytes() + " bytes");
        }
        assertTrue(SqliteStore.verify(directory, reached -> {}).isSound());
    }

    @Test
    void aReaderThatStaysKeepsTheLogButNoPaymentAndItBeginsAnewAfterwards() throws Exception {
        try (SqliteStore store = SqliteStore.open(directory, SipHash::new, SMALL_LOG)) {
            commitMany(store, 0, 10);
            long grown;
            try (LedgerFile.Reading reading = new LedgerFile(directory).connectToRead();
                    Statement statement = reading.connection().createStatement()) {
                statement.execute("BEGIN");
                assertEquals(10, LedgerFile.number(reading.connection(), "SELECT max(sequence) FROM payment"));
                commitMany(store, 10, 1000);
                grown = logBytes();
                assertEquals(10, LedgerFile.number(reading.connection(), "SELECT max(sequence) FROM payment"));
            }
            assertTrue(grown > 4 * MEGABYTE, grown + " bytes");
            commitMany(store, 1010, 2000);
            assertTrue(logBytes() < grown + MEGABYTE, logBytes() + " bytes");
        }
        assertTrue(SqliteStore.verify(directory, reached -> {}).isSound());
    }

    @Test
    void whatCannotBeCopiedStopsTheStore() throws Exception {
        LedgerFile file = new LedgerFile(directory);
        SqliteStore.open(directory).close();
        try (Connection writing = file.connectToWrite()) {
            Connection lost = file.connectToWrite();
            lost.close();
            Checkpoints checkpoints = new Checkpoints(file, writing, lost, 1);
            checkpoints.start();
            StoreException failure = assertThrows(StoreException.class, () -> {
                while (true) {
                    checkpoints.look(1);
                    checkpoints.requireWorking();
                }
            });
            assertTrue(failure.getMessage().contains("copying the log into the file"), failure.getMessage());
            checkpoints.close();
        }
    }

    private static void commitMany(SqliteStore store, int from, int count) throws SQLException {
        for (int i = from; i < from + count; i++) {
            Payments.commit(store, "p-" + i);
        }
    }

    private long logBytes() throws Exception {
        return Files.size(directory.resolve("ledger.db-wal"));
    }
}
