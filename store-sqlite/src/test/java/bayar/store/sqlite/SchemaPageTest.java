package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.Reason;
import bayar.ledger.Ledger;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docs/schema.md says is so. */
class SchemaPageTest {
    private static final Path PAGE = Path.of("..", "docs", "schema.md");

    @TempDir
    Path directory;

    @BeforeEach
    void fill() {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1", "p-2");
            Payments.refund(store, "r-1", 1, "p-1");
            Payments.commit(store, "p-3");
            Payments.authorize(store, "a-1");
        }
    }

    /** 6 is a sale, in doubt by 7; 8 is a sale, declined by 9, contradicted by 10; 11 is a sale, pending. */
    private void addProcessed() {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.decide(store, Payments.card("s-6", Operation.SALE));
            Payments.tell(store, 6, Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer"));
            Payments.decide(store, Payments.card("s-8", Operation.SALE));
            Payments.tell(store, 8, Outcome.declined(Reason.DO_NOT_HONOR));
            Payments.tell(store, 8, Outcome.approved(Money.of(10, "MYR")).withReference("x-8"));
            Payments.decide(store, Payments.card("s-11", Operation.SALE));
        }
    }

    @Test
    void itsQueriesTellWhatToSeeTo() throws Exception {
        addProcessed();
        List<String> queries = samples("sql");
        assertEquals(
                List.of("6|2026-11-23T08:00:01.123Z|shop|s-6|sale|10|MYR|card|processor_timeout"),
                rows(queries.get(5)));
        assertEquals(List.of("11|2026-11-23T08:00:01.123Z|shop|s-11|sale|10|MYR|card"), rows(queries.get(6)));
        assertEquals(List.of("8|s-8|declined|2026-11-23T08:00:01.123Z|inquiry|approved 10 MYR"), rows(queries.get(7)));
        assertEquals(
                List.of("7|2026-11-23T08:00:01.123Z|outcome|in_doubt|processor_timeout|10|inquiry|null|null|no answer"),
                rows(queries.get(8).replace("payment = 3", "payment = 6")));
        try (SqliteStore store = SqliteStore.open(directory)) {
            Ledger ledger = Payments.ledger(store);
            ledger.acknowledge(8, "aminah", "refunded by hand", Payments.NOW_MILLIS + 2000);
            store.commit(ledger.changes());
        }
        assertEquals(List.of(), rows(queries.get(7)));
        assertEquals(
                List.of("2026-11-23T08:00:02.123Z|aminah|s-8|acknowledgement|declined|10|MYR|refunded by hand"),
                rows(queries.get(9)));
    }

    @Test
    void itsQueriesAnswer() throws Exception {
        List<List<String>> answers = new ArrayList<>();
        for (String query : samples("sql")) {
            answers.add(rows(query));
        }
        assertEquals(12, answers.size());
        assertEquals(
                List.of(
                        "5|2026-11-23T08:00:00.123Z|a-1|authorize|alice|kedai|10|MYR|approved|approved",
                        "4|2026-11-23T08:00:00.123Z|p-3|sale|alice|kedai|10|MYR|approved|approved",
                        "3|2026-11-23T08:00:00.123Z|r-1|refund|kedai|alice|1|MYR|approved|approved",
                        "2|2026-11-23T08:00:00.123Z|p-2|sale|alice|kedai|10|MYR|approved|approved",
                        "1|2026-11-23T08:00:00.123Z|p-1|sale|alice|kedai|10|MYR|approved|approved"),
                answers.get(0));
        assertEquals(
                List.of("1|2026-11-23T08:00:00.123Z|shop|p-1|sale|alice|kedai|10|MYR|approved|approved|moved"
                        + "|10|10|0|1|0|0|null|ledger|null|null|2026-11-23T08:00:00.123Z|10|null"),
                answers.get(1));
        assertEquals(List.of(), answers.get(2));
        assertEquals(
                List.of(
                        "1|2026-11-23T08:00:00.123Z|p-1|-10|-10",
                        "2|2026-11-23T08:00:00.123Z|p-2|-10|-20",
                        "3|2026-11-23T08:00:00.123Z|r-1|1|-19",
                        "4|2026-11-23T08:00:00.123Z|p-3|-10|-29"),
                answers.get(3));
        assertEquals(List.of("5|2026-11-30T08:00:00.123Z|shop|a-1|alice|10|MYR"), answers.get(4));
        for (List<String> answer : answers.subList(5, 10)) {
            assertEquals(List.of(), answer);
        }
        assertEquals(List.of("MYR|0"), answers.get(10));
        assertEquals(List.of(), answers.get(11));
    }

    @Test
    void itNamesEveryTableViewAndColumn() throws Exception {
        String page = Files.readString(PAGE);
        List<String> names = rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')");
        assertEquals(23, names.size());
        for (String name : names) {
            assertTrue(page.contains('`' + name + '`'), name);
            for (String column : rows("SELECT name FROM pragma_table_info('" + name + "')")) {
                assertTrue(page.contains('`' + column + '`'), name + "." + column);
            }
        }
        assertTrue(page.contains("0x" + Integer.toHexString(Schema.APPLICATION_ID)));
        assertTrue(page.contains("`user_version` " + Schema.VERSION));
    }

    @Test
    @Timeout(60)
    void theChainCanBeMadeByHand() throws Exception {
        Assumptions.assumeTrue(isThere("sqlite3") && isThere("sha256sum"), "no sqlite3 or sha256sum here");
        Process shell = new ProcessBuilder("sh", "-c", samples("sh").get(0))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(shell.waitFor(60, TimeUnit.SECONDS));
        assertEquals(
                rows("SELECT chain || '  -' FROM batches WHERE number = 1"),
                printed.lines().toList());
    }

    private static boolean isThere(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private static List<String> samples(String language) throws IOException {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult sample) -> sample.group(1))
                .toList();
    }

    private List<String> rows(String query) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (LedgerFile.Reading reading = new LedgerFile(directory).connectToRead();
                Connection connection = reading.connection();
                Statement statement = connection.createStatement();
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
