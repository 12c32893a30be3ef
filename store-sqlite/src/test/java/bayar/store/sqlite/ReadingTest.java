package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import bayar.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading a ledger that somebody, or nobody, has open: always what was committed last, never a new file. */
class ReadingTest {
    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void chooseAnAwkwardName() {
        directory = parent.resolve("my ledger? 100%#1 ü");
    }

    @Test
    void readsBesideARunningEngine() throws IOException {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1");
            assertReads(-10);
            Payments.commit(store, "p-2", "p-3");
            assertReads(-30);
            Payments.commit(store, "p-4");
        }
        assertReads(-40);
    }

    @Test
    void readsWhatWasClosed() throws IOException {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1");
        }
        assertEquals(List.of("ledger.db", "ledger.lock"), files(directory));
        assertReads(-10);
    }

    @Test
    void readsACopyOfFileAndLogWithoutTheSharedMemory() throws IOException {
        Path copy = Files.createDirectory(parent.resolve("copy"));
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1");
            for (String name : List.of("ledger.db", "ledger.db-wal")) {
                Files.copy(directory.resolve(name), copy.resolve(name));
            }
            Payments.commit(store, "p-2");
        }
        directory = copy;
        assertReads(-10);
        try (SqliteStore store = SqliteStore.open(copy)) {
            assertEquals(1, store.lastSequence());
        }
    }

    @Test
    void saysWhereThereIsNoLedger() {
        StoreException missing =
                assertThrows(StoreException.class, () -> SqliteStore.readAccounts(directory, account -> {}));
        assertTrue(missing.getMessage().startsWith("there is no ledger in " + directory), missing.getMessage());
        assertTrue(Files.notExists(directory));
        assertThrows(StoreException.class, () -> SqliteStore.readUnresolved(directory, payment -> {}));
        assertThrows(StoreException.class, () -> SqliteStore.verify(directory, reached -> {}));
    }

    private void assertReads(long aliceHas) throws IOException {
        List<String> before = files(directory);
        List<String> read = new ArrayList<>();
        SqliteStore.readAccounts(directory, account -> read.add(account.id() + " " + account.posted()));
        assertEquals(List.of("alice " + aliceHas, "kedai " + -aliceHas), read);

        List<Long> reached = new ArrayList<>();
        SqliteStore.readUnresolved(directory, payment -> fail(payment.toString()));
        HistoryReport report = SqliteStore.verify(directory, reached::add);
        assertTrue(report.isSound(), report.toString());
        assertEquals(-aliceHas / Payments.AMOUNT, report.payments());
        assertEquals(2, report.accounts());
        assertEquals(List.of(report.payments()), reached);
        assertEquals(before, files(directory));
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
