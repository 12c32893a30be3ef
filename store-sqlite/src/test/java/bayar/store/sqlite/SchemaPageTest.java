package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    @Test
    void itsQueriesAnswer() throws Exception {
        List<List<String>> answers = new ArrayList<>();
        for (String query : samples("sql")) {
            answers.add(rows(query));
        }
        assertEquals(7, answers.size());
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
                        + "|10|10|0|1|null|ledger|null|null"),
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
        assertEquals(List.of("MYR|0"), answers.get(5));
        assertEquals(List.of(), answers.get(6));
    }

    @Test
    void itNamesEveryTableViewAndColumn() throws Exception {
        String page = Files.readString(PAGE);
        List<String> names = rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')");
        assertEquals(13, names.size());
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
    @Timeout(30)
    void theChainCanBeMadeByHand() throws Exception {
        Assumptions.assumeTrue(isThere("sqlite3") && isThere("sha256sum"), "no sqlite3 or sha256sum here");
        Process shell = new ProcessBuilder("sh", "-c", samples("sh").get(0))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(shell.waitFor(20, TimeUnit.SECONDS));
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
