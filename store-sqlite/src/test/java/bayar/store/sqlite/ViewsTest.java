package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.ledger.Evidence;
import bayar.ledger.Ledger;
import bayar.ledger.Limits;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people see of payments that a processor does. */
class ViewsTest {
    @TempDir
    Path directory;

    private SqliteStore store;

    /**
     * 1 is a plain sale; 2 authorizes, approved for 8 sen by 3; 4 captures 5 of it, in doubt by 5, approved by an operator by 6;
     * 7 is a sale, declined by 8, which is contradicted by 9; 10 voids what is left of 2, which is pending.
     */
    @BeforeEach
    void fill() {
        store = SqliteStore.open(directory);
        Payments.commit(store, "p-1");
        Payments.decide(store, Payments.card("a-2", Operation.AUTHORIZE));
        Payments.tell(store, 2, Outcome.approvedPartly(Money.of(8, "MYR")).withReference("x-2"));
        Payments.decide(store, PaymentRequest.capture("c-4", "a-2", Money.of(5, "MYR")));
        Payments.tell(store, 4, Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer"));
        Ledger ledger = Payments.ledger(store);
        Outcome byHand = Outcome.approved(Money.of(5, "MYR")).withNote("on the statement");
        ledger.settle(4, Evidence.ofOperator("aminah", byHand), Payments.NOW_MILLIS + 2000);
        store.commit(ledger.changes());
        Payments.decide(store, Payments.card("s-7", Operation.SALE));
        Payments.tell(store, 7, Outcome.declined(Reason.DO_NOT_HONOR));
        Payments.tell(store, 7, Outcome.approved(Money.of(10, "MYR")));
        Payments.decide(store, PaymentRequest.voidOf("v-10", "a-2"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void paymentsAreShownAsTheyStandNow() throws SQLException {
        assertEquals(
                List.of(
                        "1|00.123Z|p-1|sale|10|10|MYR|approved|approved|moved|10|10|0|0|0|null|null|00.123Z",
                        "2|01.123Z|a-2|authorize|10|8|MYR|approved|approved_partial|held|8|5|0|3|0"
                                + "|2026-11-30T08:00:01.123Z|x-2|00.123Z",
                        "4|02.123Z|c-4|capture|5|5|MYR|approved|approved|moved|0|0|0|0|0|null|null|01.123Z",
                        "7|02.123Z|s-7|sale|10|10|MYR|declined|do_not_honor|not_moved|0|0|0|0|0|null|null|02.123Z",
                        "10|02.123Z|v-10|void|null|null|null|pending|pending|unknown|0|0|0|0|0|null|null|02.123Z"),
                rows("SELECT sequence, substr(time, 18), id, type, asked, amount, currency, status, reason, money,"
                        + " authorized, captured, released, capturing, refunding, expires, reference,"
                        + " substr(taken, 18) FROM payments ORDER BY sequence"));
    }

    @Test
    void stepsTellWhatWasSaid() throws SQLException {
        assertEquals(
                List.of(
                        "3|01.123Z|2|shop|a-2|outcome|approved|approved_partial|held|8|MYR|inquiry|null|x-2"
                                + "|approved 8 MYR",
                        "5|01.123Z|4|shop|c-4|outcome|in_doubt|processor_timeout|unknown|5|MYR|inquiry|null|null"
                                + "|no answer",
                        "6|02.123Z|4|shop|c-4|outcome|approved|approved|moved|5|MYR|operator|aminah|null"
                                + "|approved 5 MYR; on the statement",
                        "8|02.123Z|7|shop|s-7|outcome|declined|do_not_honor|not_moved|10|MYR|inquiry|null|null|null",
                        "9|02.123Z|7|shop|s-7|anomaly|declined|do_not_honor|not_moved|10|MYR|inquiry|null|null"
                                + "|approved 10 MYR"),
                rows("SELECT sequence, substr(time, 18), payment, principal, id, type, status, reason, money, amount,"
                        + " currency, source, operator, reference, note FROM steps ORDER BY sequence"));
    }

    @Test
    void unresolvedPaymentsAreThoseToSeeTo() throws SQLException {
        Payments.decide(store, Payments.card("s-11", Operation.SALE));
        Payments.tell(store, 11, Outcome.unknown("nobody knows"));
        assertEquals(
                List.of(
                        "7|02.123Z|null|shop|s-7|sale|alice|kedai|10|MYR|declined|do_not_honor|null|card|null|1",
                        "10|02.123Z|null|shop|v-10|void|alice|kedai|null|null|pending|pending|a-2|ledger|null|0",
                        "11|02.123Z|02.123Z|shop|s-11|sale|alice|kedai|10|MYR|in_doubt|processor_error|null|card|null"
                                + "|0"),
                rows(
                        "SELECT sequence, substr(taken, 18), substr(in_doubt_since, 18), principal, id, type, payer, payee,"
                                + " amount, currency, status, reason, payment, method, reference, anomalies"
                                + " FROM unresolved_payments ORDER BY sequence"));
    }

    @Test
    void entriesAreOfWhatMovedAlone() throws SQLException {
        Payments.tell(store, 4, Outcome.declined(Reason.DO_NOT_HONOR));
        assertEquals(
                "anomaly|moved",
                rows("SELECT type, money FROM steps WHERE sequence = 11").get(0));
        assertEquals(
                List.of(
                        "1|00.123Z|1|alice|-10|MYR",
                        "1|00.123Z|1|kedai|10|MYR",
                        "6|02.123Z|4|alice|-5|MYR",
                        "6|02.123Z|4|kedai|5|MYR"),
                rows("SELECT sequence, substr(time, 18), payment, account, amount, currency FROM entries"
                        + " ORDER BY sequence, account"));
        assertEquals(
                List.of("alice|-15|-15", "kedai|15|15"),
                rows("SELECT a.account, a.posted, sum(e.amount) FROM accounts a JOIN entries e USING (account)"
                        + " GROUP BY a.account"));
    }

    @Test
    void limitsTellWhatIsCounted() throws SQLException {
        assertEquals(List.of(), rows("SELECT * FROM limits"));
        Ledger ledger = Payments.ledger(store);
        Limits limits = Limits.NONE.perDay(500).perWindow(3, Duration.ofMinutes(5));
        ledger.limit(AccountId.of("alice"), limits);
        store.commit(ledger.changes());
        Payments.decide(store, Payments.card("s-11", Operation.SALE));
        assertEquals(
                List.of("alice|MYR|null|500|3|300.0|2026-11-23|13|2026-11-23T08:00:02.123Z|1"),
                rows("SELECT * FROM limits"));
    }

    @Test
    void batchesAreThoseThatAddedSomething() throws SQLException {
        long before = LedgerFile.number(store.connection(), "SELECT count(*) FROM batches");
        Ledger ledger = Payments.ledger(store);
        ledger.moveCursor("outbox", 3);
        ledger.limit(AccountId.of("alice"), Limits.NONE.perDay(500));
        store.commit(ledger.changes());
        assertEquals(before, LedgerFile.number(store.connection(), "SELECT count(*) FROM batches"));
        assertEquals(3, store.cursor("outbox"));
    }

    @Test
    void whatIsUnresolvedIsFoundWithoutReadingAllThereIs() throws SQLException {
        List<String> scans = rows("EXPLAIN QUERY PLAN SELECT * FROM unresolved_payments").stream()
                .filter(line -> line.contains("SCAN"))
                .toList();
        assertEquals(1, scans.size(), scans.toString());
        assertTrue(scans.get(0).endsWith("SCAN u"), scans.toString());
        String plan = rows("EXPLAIN QUERY PLAN " + SqliteStore.UNRESOLVED).toString();
        assertTrue(plan.contains("SCAN u]") || plan.contains("SCAN u,"), plan);
        assertFalse(plan.contains("TEMP B-TREE") || plan.contains("SCAN p"), plan);
    }

    private List<String> rows(String query) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = store.connection().createStatement();
                ResultSet row = statement.executeQuery(query)) {
            int columns = row.getMetaData().getColumnCount();
            while (row.next()) {
                StringBuilder line = new StringBuilder(String.valueOf(row.getString(1)));
                for (int i = 2; i <= columns; i++) {
                    line.append('|').append(row.getString(i));
                }
                rows.add(line.toString());
            }
        }
        return rows;
    }
}
