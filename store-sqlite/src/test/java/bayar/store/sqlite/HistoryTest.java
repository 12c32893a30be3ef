package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
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
            INSERT INTO sums VALUES (2, 10, 10, 0, 10, 0, 0)                            | 0
            INSERT INTO sums VALUES (99, 10, 10, 0, 10, 0, 0)                           | 0
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
            INSERT INTO sums VALUES (9, 10, 0, 10, 0, 0, 0)                             | 10 released
            DELETE FROM open_authorization                                              | payment 9 is open
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

    /**
     * Adds payments that a processor does: 8 authorizes, approved for 8 sen by 9; 10 captures 4 of it, which is pending; 11 is
     * a sale, in doubt by 12; 13 is a sale, declined by 14, which is contradicted by 15; 16 is a sale, approved by 17 and
     * refunded by 18, which is pending.
     */
    private void addProcessed() {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.decide(store, Payments.card("a-8", Operation.AUTHORIZE));
            Payments.tell(store, 8, Outcome.approvedPartly(Money.of(8, "MYR")).withReference("x-8"));
            Payments.decide(store, PaymentRequest.capture("c-10", "a-8", Money.of(4, "MYR")));
            Payments.decide(store, Payments.card("s-11", Operation.SALE));
            Payments.tell(store, 11, Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer"));
            Payments.decide(store, Payments.card("s-13", Operation.SALE));
            Payments.tell(store, 13, Outcome.declined(Reason.DO_NOT_HONOR));
            Payments.tell(store, 13, Outcome.approved(Money.of(10, "MYR")));
            Payments.decide(store, Payments.card("s-16", Operation.SALE));
            Payments.tell(store, 16, Outcome.approved(Money.of(10, "MYR")));
            Payments.decide(store, PaymentRequest.refund("r-18", "s-16", Money.of(3, "MYR")));
        }
    }

    @Test
    void whatAProcessorDidOrIsAtIsSound() {
        addProcessed();
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertEquals(new HistoryReport(15, 18, 2, 0, null), report);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE balance SET held = held - 10 WHERE account = 1                       | its payments make it -69 and 18
            UPDATE balance SET held = 0 WHERE account = 2                               | its payments make it 69 and 3
            UPDATE sums SET capturing = 0 WHERE sequence = 8                            | 4 capturing
            UPDATE sums SET refunding = 0 WHERE sequence = 16                           | 3 refunding
            UPDATE sums SET authorized = 10 WHERE sequence = 8                          | 8 authorized
            DELETE FROM sums WHERE sequence = 16                                        | s-16 was acted on, but has no row
            INSERT INTO sums VALUES (13, 10, 10, 0, 0, 0, 0)                            | 0 captured
            UPDATE standing SET step = 12 WHERE sequence = 13                           | standing is wrong about payment 13
            UPDATE standing SET doubt_millis = 0 WHERE sequence = 11                    | standing is wrong about payment 11
            UPDATE standing SET reference = 'y-8' WHERE sequence = 8                    | standing is wrong about payment 8
            UPDATE standing SET reference = NULL WHERE sequence = 8                     | standing is wrong about payment 8
            UPDATE standing SET anomalies = 0 WHERE sequence = 13                       | standing is wrong about payment 13
            UPDATE standing SET contradicted = 3 WHERE sequence = 13                    | standing is wrong about payment 13
            INSERT INTO standing VALUES (10, 9, 0, NULL, 0, 0)                          | standing is wrong about payment 10
            INSERT INTO standing VALUES (1, 9, 0, NULL, 0, 0)                           | standing is wrong about payment 1
            DELETE FROM standing WHERE sequence = 16                                    | 16 was told more about
            DELETE FROM unresolved WHERE sequence = 10                                  | 10 is unresolved, but
            DELETE FROM unresolved WHERE sequence = 11                                  | 11 is unresolved, but
            DELETE FROM unresolved WHERE sequence = 13                                  | 13 is unresolved, but
            INSERT INTO unresolved VALUES (16)                                          | unresolved is wrong about payment 16
            INSERT INTO unresolved VALUES (1)                                           | unresolved is wrong about payment 1
            DELETE FROM open_authorization                                              | payment 8 is open, but
            """)
    void tamperingWithWhatAProcessorDidIsFound(String sql, String words) throws SQLException {
        addProcessed();
        change(sql);
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertNotNull(report.problem(), sql);
        assertTrue(report.problem().contains(words), report.problem());
        assertEquals(0, report.badBatch());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE payment SET amount = 10 WHERE sequence = 9                           | 6
            UPDATE payment SET kind = (SELECT kind FROM payment WHERE sequence = 14) WHERE sequence = 12 | 9
            UPDATE payment SET id = 'bayar:outcome:11:14' WHERE sequence = 14           | 11
            UPDATE payment SET id = 'bayar:outcome:x:14' WHERE sequence = 14            | 11
            UPDATE payment SET detail = NULL WHERE sequence = 15                        | 12
            DELETE FROM payment WHERE sequence = 15                                     | 12
            """)
    void aTamperedStepIsFound(String sql, long batch) throws SQLException {
        addProcessed();
        change(sql);
        assertEquals(batch, SqliteStore.verify(directory, reached -> {}).badBatch());
    }

    @Test
    void aStepThatTheLedgerWouldNotTakeIsFound() {
        addProcessed();
        try (SqliteStore store = SqliteStore.open(directory)) {
            PaymentRecord settled = store.payment(17);
            PaymentRequest again = PaymentRequest.builder("bayar:outcome:16:19", Operation.OUTCOME)
                    .payment("s-16")
                    .amount(Money.of(10, "MYR"))
                    .build();
            PaymentRecord step = new PaymentRecord(
                    19,
                    settled.timeMillis(),
                    settled.principal(),
                    again,
                    Reason.DO_NOT_HONOR,
                    MoneyEffect.NOT_MOVED,
                    settled.debited(),
                    settled.credited(),
                    PaymentSums.NONE);
            store.commit(new Changes(List.of(step), List.of(), List.of(), Map.of(), Map.of()));
        }
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertEquals("record 19 is about payment 16, which was settled before", report.problem());
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
            UPDATE principal SET number = 2                                             | table principal
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
