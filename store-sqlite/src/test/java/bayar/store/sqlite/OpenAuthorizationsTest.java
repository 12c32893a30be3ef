package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.store.StoreException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenAuthorizationsTest {
    @TempDir
    Path directory;

    private SqliteStore store;

    @BeforeEach
    void fill() {
        store = SqliteStore.open(directory);
        Payments.commit(store, "p-1");
        Payments.authorize(store, "a-2");
        Payments.authorize(store, "a-3");
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void areFoundWithoutReadingAllThereIs() throws SQLException {
        List<String> plan = new ArrayList<>();
        try (PreparedStatement explain =
                        store.connection().prepareStatement("EXPLAIN QUERY PLAN " + SqliteStore.OPEN_AUTHORIZATIONS);
                ResultSet row = explain.executeQuery()) {
            while (row.next()) {
                plan.add(row.getString(4));
            }
        }
        assertTrue(plan.get(0).contains("open_authorization_by_expiry"), plan.toString());
        assertEquals(1, plan.stream().filter(line -> line.startsWith("SCAN")).count(), plan.toString());
        assertFalse(plan.toString().contains("TEMP B-TREE"), plan.toString());
    }

    @Test
    void leaveTheTableWhenNothingIsHeld() throws SQLException {
        assertEquals(2, LedgerFile.number(store.connection(), "SELECT count(*) FROM open_authorization"));
        Payments.capture(store, "c-4", 2, "a-2");
        Payments.expire(store, 2, "a-2");
        assertEquals(3, LedgerFile.number(store.connection(), "SELECT sequence FROM open_authorization"));
        assertEquals(1, LedgerFile.number(store.connection(), "SELECT count(*) FROM open_authorization"));
    }

    @Test
    void thatAreNotWhatWasWrittenAreRefused() throws SQLException {
        LedgerFile.run(store.connection(), "UPDATE open_authorization SET expires_millis = 1 WHERE sequence = 3");
        StoreException refused = assertThrows(StoreException.class, () -> store.openAuthorizations(open -> true));
        assertTrue(refused.getMessage().contains("wrong about payment 3"), refused.getMessage());
    }
}
