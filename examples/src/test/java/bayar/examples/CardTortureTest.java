package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Receipt;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.examples.acquirer.AcquirerPeer;
import bayar.examples.card.ApiSecret;
import bayar.ledger.Account;
import bayar.store.sqlite.HistoryReport;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Card payments while the acquirer fails in every way that it can, and the server and now and then the acquirer are killed
 * again and again; then what the ledger says is held to the acquirer's own book. {@code -Dbayar.torture.rounds=N} sets how
 * often, {@code -Dbayar.torture.seed=S} repeats the payments, the faults and the moments.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class CardTortureTest {
    private static final int ROUNDS = Integer.getInteger("bayar.torture.rounds", 4);
    private static final long OPENING = 1_000_000_000;
    private static final int NEWCOMERS = 120;
    private static final int FEWEST_ANSWERS = 25;
    private static final int MOST_ANSWERS = 250;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int POLL_MILLIS = 100;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    private Path data;
    private Path book;
    private int acquirerPort;
    private ServerProcess acquirer;
    private int acquirerKills;
    private int reversalsOrdered;

    /** How the ledger says that a payment stands, and how it came to that. */
    private record Row(
            long sequence,
            String id,
            String type,
            String method,
            String status,
            long amount,
            @Nullable String payment,
            boolean isFinal,
            long open,
            long captured,
            long refunded,
            long reserved,
            String steps) {
        boolean isApproved(String ofType) {
            return status.equals("approved") && type.equals(ofType);
        }

        /** What acts on an earlier payment, which here is one by card, goes its way. */
        boolean isByCard() {
            return method.equals("card") || payment != null;
        }
    }

    @Test
    void everyApprovedPaymentIsChargedOnceAndNothingElseIs() throws Exception {
        long seed = Long.getLong("bayar.torture.seed", System.nanoTime());
        System.out.println("seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        data = directory.resolve("data");
        book = directory.resolve("book");
        Path keys = Files.writeString(
                directory.resolve("keys.json"), TestSigner.keysJson().replace("\"alice\"", "\"alice\",\"cards\""));
        Path accounts = Files.writeString(
                directory.resolve("accounts.csv"),
                "account,currency,opening,floor\nalice,MYR," + OPENING + ",\nkedai,MYR,0,\ncards,MYR,0,-" + OPENING
                        + "\n");
        Shoppers shoppers = new Shoppers(Signer.of(KeySet.load(keys), "k1"), seed);
        startAcquirer();
        try {
            try (Progress progress = Progress.of(new PrintWriter(System.err), "of " + ROUNDS + " rounds")) {
                for (int round = 0; round < ROUNDS; round++) {
                    progress.at(round);
                    try (ServerProcess server = serve(keys, accounts)) {
                        torture(server, shoppers, random);
                    }
                }
            }
            try (ServerProcess server = serve(keys, accounts)) {
                acquirer().faults("{'faults':[]}");
                acquirer().webhook("{'url':'" + webhookUrl(server) + "'}");
                shoppers.askAll(server);
                acknowledgeAnomalies();
                shoppers.askAll(server);
                assertEquals(0, server.stop(), server.err());
            }
            check(shoppers.outcomes());
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        } finally {
            acquirer.close();
        }
    }

    /** Has people pay at this server, with everything going wrong, until it is killed. */
    private void torture(ServerProcess server, Shoppers shoppers, Random random) throws Exception {
        String faults = faults(random);
        String webhook = random.nextBoolean()
                ? "{}"
                : "{'url':'" + webhookUrl(server) + "','copies':" + (1 + random.nextInt(3)) + "}";
        acquirer().faults(faults);
        acquirer().webhook(webhook);
        int fate = random.nextInt(6);
        shoppers.open(server, NEWCOMERS);
        try {
            waitForSome(shoppers, random);
            if (random.nextBoolean()) {
                reverseOne(random);
            }
            if (fate == 0) {
                killAcquirer();
                startAcquirer();
                acquirer().faults(faults);
                acquirer().webhook(webhook);
                waitForSome(shoppers, random);
            } else if (fate == 1) {
                killAcquirer();
            }
            server.process().destroyForcibly().waitFor();
        } finally {
            shoppers.close();
        }
        if (fate == 1) {
            startAcquirer();
        }
    }

    /**
     * Until a random number of answers has come, or a random time is over; mostly not before there were some, since on a
     * busy machine little happens in any time.
     */
    private static void waitForSome(Shoppers shoppers, Random random) throws InterruptedException {
        if (random.nextInt(5) > 0) {
            shoppers.awaitAnswers(FEWEST_ANSWERS, PATIENCE);
        }
        int count = 1 + random.nextInt(MOST_ANSWERS);
        shoppers.awaitAnswers(count, Duration.ofMillis(300 + random.nextInt(2_000)));
    }

    /** A delay is shorter than the time after which "not found" is believed. */
    private static String faults(Random random) {
        StringBuilder mix = new StringBuilder("{'seed':" + random.nextLong() + ",'faults':[");
        for (String kind : List.of(
                "hang_before",
                "hang_after",
                "drop_before",
                "drop_after",
                "error_before",
                "error_after",
                "wrong_amount")) {
            mix.append("{'kind':'" + kind + "','percent':" + random.nextInt(8) + "},");
        }
        for (String kind : List.of("delay_before", "delay_after")) {
            mix.append("{'kind':'" + kind + "','percent':10,'millis':" + (1 + random.nextInt(600)) + "},");
        }
        for (String call : List.of("inquiry", "reversal")) {
            for (String kind : List.of("hang_before", "hang_after", "drop_after", "error_before", "delay_after")) {
                String delay = kind.startsWith("delay") ? ",'millis':" + (1 + random.nextInt(600)) : "";
                mix.append("{'kind':'" + kind + "','on':'" + call + "','percent':8" + delay + "},");
            }
        }
        mix.append("{'kind':'drop_before','on':'inquiry','percent':5}]}");
        return mix.toString();
    }

    /** Orders the reversal of a payment in doubt; it may have been settled meanwhile. */
    private void reverseOne(Random random) {
        List<JsonNode> inDoubt = unresolved().stream()
                .filter(payment -> payment.path("status").asString().equals("in_doubt"))
                .toList();
        if (!inDoubt.isEmpty()) {
            JsonNode payment = inDoubt.get(random.nextInt(inDoubt.size()));
            Cli ordered = resolve(payment, "reverse", "the customer has left");
            reversalsOrdered += ordered.exitCode() == 0 ? 1 : 0;
        }
    }

    /** Waits until nothing is left but what the ledger says is contradicted, and acknowledges that. */
    private void acknowledgeAnomalies() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<JsonNode> unresolved = unresolved();
        while (!unresolved.isEmpty()) {
            assertTrue(System.nanoTime() < deadline, "still unresolved: " + unresolved);
            for (JsonNode payment : unresolved) {
                if (payment.path("anomalous").asBoolean()
                        && !payment.path("status").asString().equals("in_doubt")) {
                    Cli acknowledged = resolve(payment, "acknowledge", "looked up in the acquirer's book");
                    assertEquals(0, acknowledged.exitCode(), acknowledged.err());
                }
            }
            Thread.sleep(POLL_MILLIS);
            unresolved = unresolved();
        }
    }

    private List<JsonNode> unresolved() {
        Cli open = Cli.run("open", "--json", "--data", data.toString());
        assertEquals(0, open.exitCode(), open.err());
        return open.out().lines().map(Json.MAPPER::readTree).toList();
    }

    private Cli resolve(JsonNode payment, String as, String because) {
        return Cli.run(
                "resolve",
                "--data=" + data,
                "--principal=" + payment.path("principal").asString(),
                "--id=" + payment.path("id").asString(),
                "--as=" + as,
                "--by=torturer",
                "--because=" + because);
    }

    private void check(Map<String, Receipt> outcomes) throws Exception {
        Map<Long, Row> rows = new LinkedHashMap<>();
        int doubts;
        int anomalies = 0;
        try (Connection ledger = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("ledger.db"));
                Statement statement = ledger.createStatement()) {
            readRows(statement, rows);
            Map<Long, JsonNode> charged = charges(rows);
            rows.values().stream().filter(Row::isByCard).forEach(row -> checkCharge(row, charged.get(row.sequence)));
            anomalies = checkAnomalies(statement, rows);
            try (ResultSet result =
                    statement.executeQuery("SELECT count(DISTINCT payment) FROM steps WHERE status = 'in_doubt'")) {
                doubts = result.getInt(1);
            }
        }
        checkOutcomes(outcomes, rows);
        checkBalances(rows);
        HistoryReport history = SqliteStore.verify(data, done -> {});
        assertTrue(history.isSound(), history.toString());
        assertTrue(doubts >= ROUNDS, "too little went wrong to show anything: " + doubts + " doubts");
        Map<String, Integer> byStatus = new TreeMap<>();
        rows.values()
                .forEach(row -> byStatus.merge((row.isByCard() ? "card " : "ledger ") + row.status, 1, Integer::sum));
        System.out.println(rows.size() + " payments " + byStatus + ", " + doubts + " were in doubt, " + reversalsOrdered
                + " reversals ordered, " + anomalies + " true anomalies, " + acquirerKills + " acquirers killed");
    }

    private static void readRows(Statement statement, Map<Long, Row> rows) throws SQLException {
        Map<Long, String> steps = new HashMap<>();
        try (ResultSet result = statement.executeQuery("SELECT * FROM steps ORDER BY sequence")) {
            while (result.next()) {
                String step = result.getString("time") + " " + result.getString("type") + " "
                        + result.getString("reason") + " by " + result.getString("source") + " "
                        + result.getString("note");
                steps.merge(result.getLong("payment"), step, (before, next) -> before + "; " + next);
            }
        }
        Set<String> ids = new HashSet<>();
        try (ResultSet result =
                statement.executeQuery("SELECT v.*, k.is_final FROM payments v JOIN payment p USING (sequence)"
                        + " JOIN kind k ON k.number = p.kind WHERE v.principal = 'shop'")) {
            while (result.next()) {
                long captured = result.getLong("captured");
                Row row = new Row(
                        result.getLong("sequence"),
                        result.getString("id"),
                        result.getString("type"),
                        result.getString("method"),
                        result.getString("status"),
                        result.getLong("amount"),
                        result.getString("payment"),
                        result.getBoolean("is_final"),
                        result.getLong("authorized") - captured - result.getLong("released"),
                        captured,
                        result.getLong("refunded"),
                        result.getLong("capturing") + result.getLong("refunding"),
                        result.getString("taken") + " taken; " + steps.get(result.getLong("sequence")));
                rows.put(row.sequence, row);
                assertTrue(ids.add(row.id), "recorded twice: " + row);
            }
        }
    }

    /** The entries of the acquirer's book, by the sequence of the payment, whose number each key begins with. */
    private Map<Long, JsonNode> charges(Map<Long, Row> rows) throws Exception {
        Map<Long, JsonNode> charged = new HashMap<>();
        Set<String> references = new HashSet<>();
        for (JsonNode entry : acquirer().book()) {
            String key = entry.path("key").asString();
            long sequence = Long.parseLong(key.substring(0, key.indexOf('-')));
            Row row = rows.get(sequence);
            assertNotNull(row, "charged, but not recorded: " + entry);
            JsonNode order = entry.path("order");
            if (order.isObject()) {
                String reference = order.path("merchantReference").asString();
                assertTrue(references.add(reference), "tried under two keys: " + entry);
                assertEquals(row.id, reference);
                assertEquals(row.type, order.path("type").asString());
            }
            assertEquals(null, charged.put(sequence, entry), "two keys of one payment: " + entry);
        }
        Set<String> keys = new HashSet<>();
        for (String line : Files.readAllLines(book)) {
            JsonNode entry = Json.MAPPER.readTree(line);
            if (entry.path("status").asString().equals("approved")) {
                assertTrue(keys.add(entry.path("key").asString()), "charged twice: " + line);
            }
        }
        return charged;
    }

    private static void checkCharge(Row row, @Nullable JsonNode entry) {
        String charged = entry == null ? "nothing" : entry.path("status").asString();
        Set<String> allowed = switch (row.status) {
            case "approved" -> Set.of("approved");
            case "declined" -> Set.of("declined", "nothing");
            case "failed" -> Set.of("reversed", "nothing");
            case "reversed" -> Set.of("reversed");
            default -> Set.of();
        };
        assertTrue(allowed.contains(charged), "the ledger has " + row + ", the acquirer " + entry);
        if (entry != null && charged.equals("approved")) {
            assertEquals(
                    row.amount, entry.path("amount").asLong(), "the ledger has " + row + ", the acquirer " + entry);
        }
    }

    /**
     * Two kinds can be true: a webhook says late that a payment was approved that is reversed by now, and an answer tells
     * another amount than the webhook before it, which the book confirms.
     */
    private static int checkAnomalies(Statement statement, Map<Long, Row> rows) throws SQLException {
        int count = 0;
        try (ResultSet result = statement.executeQuery(
                "SELECT s.payment, json_extract(p.detail, '$.metadata.told') AS told FROM steps s"
                        + " JOIN payment p USING (sequence) WHERE s.type = 'anomaly'")) {
            while (result.next()) {
                count++;
                Row row = rows.get(result.getLong("payment"));
                assertNotNull(row);
                String told = result.getString("told");
                boolean isTrue = row.status.equals("reversed") && told.equals("approved")
                        || row.status.equals("approved") && told.equals("approved_otherwise");
                assertTrue(isTrue, row + " was told to be " + told);
            }
        }
        return count;
    }

    private static void checkOutcomes(Map<String, Receipt> outcomes, Map<Long, Row> rows) {
        assertEquals(outcomes.size(), rows.size());
        for (Row row : rows.values()) {
            Receipt told = outcomes.get(row.id);
            assertNotNull(told, "recorded, but nobody has sent it: " + row);
            assertEquals(row.status, told.status().code(), "told otherwise: " + row);
            if (told.amount() != null) {
                assertEquals(row.amount, told.amount().minor(), "told otherwise: " + row);
            }
        }
    }

    private void checkBalances(Map<Long, Row> rows) {
        Map<String, Long> captured = new HashMap<>();
        Map<String, Long> refunded = new HashMap<>();
        Set<String> closed = new HashSet<>();
        long inLedger = 0;
        for (Row row : rows.values()) {
            String payment = String.valueOf(row.payment);
            if (row.isApproved("capture")) {
                captured.merge(payment, row.amount, Long::sum);
            } else if (row.isApproved("refund")) {
                refunded.merge(payment, row.amount, Long::sum);
            } else if (row.isApproved("sale")) {
                captured.merge(row.id, row.amount, Long::sum);
            }
            if (row.isApproved("void") || row.isApproved("capture") && row.isFinal) {
                closed.add(payment);
            }
            inLedger += row.status.equals("approved") && !row.isByCard() ? row.amount : 0;
        }
        long held = 0;
        long byCard = 0;
        for (Row row : rows.values()) {
            boolean isBegun = row.isApproved("authorize") || row.isApproved("sale");
            if (!isBegun) {
                continue;
            }
            long taken = captured.getOrDefault(row.id, 0L);
            long givenBack = refunded.getOrDefault(row.id, 0L);
            long open = closed.contains(row.id) ? 0 : row.amount - taken;
            assertEquals(
                    List.of(open, taken, givenBack, 0L), List.of(row.open, row.captured, row.refunded, row.reserved));
            held += open;
            byCard += row.isByCard() ? taken - givenBack : 0;
        }
        Map<String, Account> accounts = new HashMap<>();
        SqliteStore.readAccounts(data, account -> accounts.put(account.id().value(), account));
        assertBalance(OPENING - inLedger, 0, accounts.get("alice"));
        assertBalance(-byCard, held, accounts.get("cards"));
        assertBalance(inLedger + byCard, 0, accounts.get("kedai"));
        assertEquals(0, accounts.values().stream().mapToLong(Account::posted).sum());
    }

    private static void assertBalance(long posted, long held, Account account) {
        assertEquals(List.of(posted, held), List.of(account.posted(), account.held()), account.toString());
    }

    private ServerProcess serve(Path keys, Path accounts) throws IOException {
        return ServerProcess.start(
                directory,
                Map.of("JAVA_TOOL_OPTIONS", ""),
                "--tcp=0",
                "--ws=0",
                "--http=0",
                "--quiet",
                "--data=" + data,
                "--keys=" + keys,
                "--accounts=" + accounts,
                "--acquirer=http://127.0.0.1:" + acquirerPort,
                "--acquirer-secret=" + secret(),
                "--acquirer-timeout=1",
                "--acquirer-finality=2");
    }

    private static String webhookUrl(ServerProcess server) {
        return server.url("http") + "/notifications/card";
    }

    private void startAcquirer() throws IOException {
        acquirer = ServerProcess.startAcquirer(directory, "--port=" + acquirerPort, "--book=" + book);
        acquirerPort = URI.create(acquirer.url("http")).getPort();
    }

    private void killAcquirer() throws InterruptedException {
        acquirer.process().destroyForcibly().waitFor();
        acquirerKills++;
    }

    private Path secret() {
        return directory.resolve("book.secret");
    }

    private AcquirerPeer acquirer() {
        return AcquirerPeer.to(URI.create(acquirer.url("http")), ApiSecret.read(secret()));
    }
}
