package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever changes the file behind the engine's back is found out. */
class HistoryTest {
    @TempDir
    Path directory;

    /**
     * Batches: 1 opens the accounts with p-1 and p-2; 2 has p-3; 3 refunds p-1; 4 has p-4 to p-6. What is added by {@link
     * #addAuthorizations}: 5 and 6 authorize a-8 and a-9; 7 captures a part of a-8; 8 lets its rest expire.
     */
    @BeforeEach
    void fill() {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1", "p-2");
            Payments.commit(store, "p-3");
            Payments.refund(store, "r-1", 1, "p-1");
            Payments.commit(store, "p-4", "p-5", "p-6");
        }
    }

    @Test
    void whatWasWrittenIsSound() {
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertTrue(report.isSound(), report.toString());
        assertEquals(new HistoryReport(4, 7, 2, 0, null), report);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE payment SET amount = 11 WHERE sequence = 1                           | 1
            UPDATE payment SET amount = 11 WHERE sequence = 3                           | 2
            UPDATE payment SET amount = 11 WHERE sequence = 5                           | 4
            UPDATE payment SET id = 'p-7' WHERE sequence = 3                            | 2
            UPDATE payment SET time_millis = time_millis - 1 WHERE sequence = 2         | 1
            UPDATE payment SET credited = 1, debited = 2 WHERE sequence = 3             | 2
            UPDATE payment SET detail = '{"payment":"p-2"}' WHERE sequence = 4          | 3
            UPDATE payment SET detail = '{"payment":' WHERE sequence = 4                | 3
            UPDATE payment SET kind = 99 WHERE sequence = 3                             | 2
            UPDATE payment SET debited = 99 WHERE sequence = 3                          | 2
            UPDATE payment SET debited = NULL WHERE sequence = 3                        | 2
            UPDATE kind SET money = 'not_moved' WHERE number = 1                        | 1
            UPDATE account SET name = 'mallory' WHERE number = 1                        | 1
            UPDATE account SET floor = 0 WHERE number = 2                               | 1
            UPDATE principal SET name = 'mallory' WHERE number = 1                      | 1
            UPDATE batch SET time_millis = 0 WHERE number = 2                           | 2
            UPDATE batch SET chain = zeroblob(32) WHERE number = 3                      | 3
            UPDATE batch SET id_hashes = zeroblob(8) WHERE number = 2                   | 2
            UPDATE batch SET id_hashes = zeroblob(16) WHERE number = 2                  | 2
            UPDATE ledger SET id_key = zeroblob(16)                                     | 1
            DELETE FROM payment WHERE sequence = 3                                      | 2
            DELETE FROM payment WHERE sequence = 7                                      | 4
            DELETE FROM batch WHERE number = 2                                          | 2
            INSERT INTO payment SELECT 8, time_millis, principal, 'p-8', kind, debited, credited, amount, detail FROM payment WHERE sequence = 3 | 0
            INSERT INTO account VALUES (3, 'mallory', 'MYR', NULL)                      | 0
            UPDATE balance SET posted = posted + 1 WHERE account = 1                    | 0
            UPDATE balance SET posted = -posted                                         | 0
            DELETE FROM balance WHERE account = 1                                       | 0
            UPDATE sums SET refunded = 0                                                | 0
            UPDATE sums SET captured = 11                                               | 0
            DELETE FROM sums                                                            | 0
            INSERT INTO sums VALUES (2, 10, 10, 0, 10)                                  | 0
            INSERT INTO sums VALUES (99, 10, 10, 0, 10)                                 | 0
            """)
    void tamperingIsFound(String sql, long batch) throws SQLException {
        change(sql);
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertFalse(report.isSound(), report.toString());
        assertNotNull(report.problem());
        assertEquals(batch, report.badBatch(), report.toString());
    }

    private void addAuthorizations() {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.authorize(store, "a-8");
            Payments.authorize(store, "a-9");
            Payments.capture(store, "c-10", 8, "a-8");
            Payments.expire(store, 8, "a-8");
        }
    }

    @Test
    void whatWasHeldCapturedAndReleasedIsSound() {
        addAuthorizations();
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertEquals(new HistoryReport(8, 11, 2, 0, null), report);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE balance SET held = held + 1 WHERE account = 1                        | 11 held
            UPDATE balance SET held = 0                                                 | 0 held
            UPDATE sums SET captured = 5 WHERE sequence = 8                             | 5 captured
            UPDATE sums SET released = 0 WHERE sequence = 8                             | 0 released
            UPDATE sums SET authorized = 11 WHERE sequence = 8                          | 11 authorized
            DELETE FROM sums WHERE sequence = 8                                         | no row in table sums
            INSERT INTO sums VALUES (9, 10, 0, 10, 0)                                   | 10 released
            DELETE FROM open_authorization                                              | authorization 9 is open
            UPDATE open_authorization SET expires_millis = expires_millis + 1           | wrong about payment 9
            INSERT INTO open_authorization VALUES (8, 1796025600123)                    | wrong about payment 8
            INSERT INTO open_authorization VALUES (1, 1796025600123)                    | wrong about payment 1
            """)
    void tamperingWithWhatIsHeldIsFound(String sql, String words) throws SQLException {
        addAuthorizations();
        change(sql);
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertNotNull(report.problem(), sql);
        assertTrue(report.problem().contains(words), report.problem());
        assertEquals(0, report.badBatch());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE payment SET amount = 11 WHERE sequence = 7                           | batch 4, the last one
            UPDATE payment SET id = 'p-7' WHERE sequence = 7                            | batch 4, the last one
            UPDATE batch SET id_hashes = zeroblob(24) WHERE number = 4                  | batch 4, the last one
            DELETE FROM batch WHERE number = 4                                          | more or fewer payments
            DELETE FROM batch WHERE number = 2                                          | batch 3 does not follow
            DELETE FROM payment WHERE sequence = 7                                      | more or fewer payments
            DELETE FROM kind WHERE number = 1                                           | table kind
            DELETE FROM principal                                                       | more or fewer
            INSERT INTO account VALUES (3, 'mallory', 'MYR', NULL)                      | more or fewer
            DELETE FROM balance WHERE account = 1                                       | 1 balances of 2 accounts
            UPDATE balance SET posted = posted + 1 WHERE account = 1                    | add up to 1, not to zero
            UPDATE balance SET posted = 9223372036854775807                             | add up to 18446744073709551614
            UPDATE batch SET first_sequence = 2 WHERE number = 1                        | batch 1 does not follow
            DELETE FROM ledger                                                          | no id_key
            UPDATE kind SET reason = 'fine'                                             | does not know
            """)
    void whatIsWrongAtTheHeadKeepsTheLedgerFromOpening(String sql, String words) throws SQLException {
        change(sql);
        StoreException refused = assertThrows(
                StoreException.class, () -> SqliteStore.open(directory).close());
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }

    @Test
    void alsoFindsTamperingWhileAnEngineRuns() throws SQLException {
        try (SqliteStore store = SqliteStore.open(directory)) {
            assertTrue(SqliteStore.verify(directory, reached -> {}).isSound());
            change("UPDATE payment SET amount = 11 WHERE sequence = 3");
            Payments.commit(store, "p-9");
            assertEquals(2, SqliteStore.verify(directory, reached -> {}).badBatch());
        }
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve(LedgerFile.NAME))) {
            LedgerFile.run(connection, sql);
        }
    }
}
