package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What cannot be opened or written says why and what to do; what failed once is not used again. */
class FailureTest {
    @TempDir
    Path parent;

    private Path directory;
    private Path file;

    @BeforeEach
    void choose() {
        directory = parent.resolve("ledger");
        file = directory.resolve(LedgerFile.NAME);
    }

    @Test
    void commitsAreMadeDurable() throws SQLException {
        try (SqliteStore store = SqliteStore.open(directory)) {
            assertEquals("wal", LedgerFile.text(store.connection(), "PRAGMA journal_mode"));
            assertEquals("2", LedgerFile.text(store.connection(), "PRAGMA synchronous"));
            assertEquals("1", LedgerFile.text(store.connection(), "PRAGMA fullfsync"));
        }
    }

    @Test
    void aFullDiskStopsTheStoreAndLosesNothing() throws SQLException {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1");
            LedgerFile.run(
                    store.connection(),
                    "PRAGMA max_page_count = " + LedgerFile.number(store.connection(), "PRAGMA page_count"));
            String[] many = new String[2000];
            for (int i = 0; i < many.length; i++) {
                many[i] = "q-" + i;
            }
            StoreException full = assertThrows(StoreException.class, () -> Payments.commit(store, many));
            assertTrue(full.getMessage().contains("the disk is full; free space on it, then restart"));
            assertTrue(full.getMessage().contains(file.toString()));
            assertRefusesEverything(store, "the disk is full");
        }
        try (SqliteStore store = SqliteStore.open(directory)) {
            assertEquals(1, store.lastSequence());
            Payments.commit(store, "p-2");
        }
        assertTrue(SqliteStore.verify(directory, reached -> {}).isSound());
    }

    @Test
    void aClosedStoreSaysSo() {
        SqliteStore store = SqliteStore.open(directory);
        store.close();
        store.close();
        assertRefusesEverything(store, "it was closed");
    }

    private static void assertRefusesEverything(SqliteStore store, String why) {
        for (StoreException refused : new StoreException[] {
            assertThrows(StoreException.class, () -> Payments.commit(store, "p-9")),
            assertThrows(StoreException.class, () -> store.account(AccountId.of("alice"))),
            assertThrows(StoreException.class, () -> store.payment("shop", "p-1")),
            assertThrows(StoreException.class, () -> store.forEachAccount(account -> {}))
        }) {
            assertTrue(refused.getMessage().contains(why), refused.getMessage());
            assertTrue(refused.getMessage().contains("open it anew"), refused.getMessage());
        }
    }

    @Test
    void everyErrorOfSqliteHasACure() {
        LedgerFile ledger = new LedgerFile(directory);
        assertCure(ledger, SQLiteErrorCode.SQLITE_FULL, "free space");
        assertCure(ledger, SQLiteErrorCode.SQLITE_IOERR_FSYNC, "mend the disk");
        assertCure(ledger, SQLiteErrorCode.SQLITE_CORRUPT_VTAB, "restore the ledger from a backup");
        assertCure(ledger, SQLiteErrorCode.SQLITE_NOTADB, "file of another program");
        assertCure(ledger, SQLiteErrorCode.SQLITE_READONLY_DBMOVED, "the right to write");
        assertCure(ledger, SQLiteErrorCode.SQLITE_CANTOPEN, "the right to read and write");
        assertCure(ledger, SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT, "another program keeps the file locked");
        assertCure(ledger, SQLiteErrorCode.SQLITE_NOMEM, "no memory left");
        assertCure(ledger, SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE, "report this");
    }

    private static void assertCure(LedgerFile ledger, SQLiteErrorCode code, String cure) {
        String message = ledger.failure("committing", new SQLiteException("native words", code))
                .getMessage();
        assertTrue(message.startsWith(ledger.path() + ": "), message);
        assertTrue(message.contains(cure), message);
        assertTrue(message.contains("native words") && message.contains("while committing"), message);
    }

    @Test
    void aFileInTheWayIsNamed() throws IOException {
        Files.writeString(directory, "not a directory");
        assertRefused("cannot be made");
        directory = directory.resolve("below");
        assertRefused("cannot be made");
    }

    @Test
    void aDirectoryInWhichNothingCanBeWrittenIsNamed() {
        directory = Path.of("/proc");
        Assumptions.assumeTrue(Files.isDirectory(directory), "no /proc here");
        assertRefused("no file can be written in /proc");
    }

    @Test
    void aDirectoryInPlaceOfTheFileIsNamed() throws IOException {
        Files.createDirectories(file);
        assertRefused("cannot be opened");
    }

    @Test
    void aFileThatIsNoDatabaseIsLeftAlone() throws IOException {
        Files.createDirectories(directory);
        String text = "This is a letter to my landlord.\n".repeat(200);
        Files.writeString(file, text);
        assertRefused("a file of another program");
        assertEquals(text, Files.readString(file));
    }

    @Test
    void aDatabaseOfAnotherProgramIsLeftAlone() throws Exception {
        Files.createDirectories(directory);
        change("CREATE TABLE song (title TEXT)");
        byte[] before = Files.readAllBytes(file);
        assertRefused("a database of another program");
        assertArrayEquals(before, Files.readAllBytes(file));
        assertThrows(StoreException.class, () -> SqliteStore.readAccounts(directory, account -> {}));
    }

    @Test
    void anEmptyFileBecomesALedger() throws IOException {
        Files.createDirectories(directory);
        Files.createFile(file);
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1");
        }
    }

    @Test
    void aNewerSchemaIsRefused() throws SQLException {
        SqliteStore.open(directory).close();
        change("PRAGMA user_version = " + (Schema.VERSION + 1));
        assertRefused("use the newer program that wrote it");
        assertThrows(StoreException.class, () -> SqliteStore.verify(directory, reached -> {}));
    }

    @Test
    void anOlderSchemaIsRefused() throws SQLException {
        SqliteStore.open(directory).close();
        change("PRAGMA user_version = 0");
        assertRefused("was never released");
    }

    @Test
    void aTruncatedFileIsRefused() throws IOException {
        fill();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 4096);
        }
        assertRefused("restore the ledger from a backup");
    }

    @Test
    void aDamagedPageIsRefused() throws IOException {
        fill();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long size = channel.size();
            for (long page = 4096; page < size; page += 4096) {
                channel.write(ByteBuffer.wrap(new byte[64]), page);
            }
        }
        assertRefused("restore the ledger from a backup");
    }

    private void fill() {
        try (SqliteStore store = SqliteStore.open(directory)) {
            for (int batch = 0; batch < 20; batch++) {
                Payments.commit(store, "p-" + batch, "q-" + batch);
            }
        }
    }

    private void assertRefused(String words) {
        for (int attempt = 0; attempt < 2; attempt++) {
            StoreException refused = assertThrows(
                    StoreException.class, () -> SqliteStore.open(directory).close());
            assertTrue(refused.getMessage().contains(words), refused.getMessage());
            assertTrue(refused.getMessage().contains(directory.toString()), refused.getMessage());
        }
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            LedgerFile.run(connection, sql);
        }
    }
}
