package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.ledger.Account;
import bayar.store.sqlite.HistoryReport;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a server under load again and again. {@code -Dbayar.kill.rounds=N} sets how often, {@code -Dbayar.kill.seed=S}
 * repeats after how many answers.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class KillTest {
    private static final int ROUNDS = Integer.getInteger("bayar.kill.rounds", 50);
    private static final long OPENING = 100_000_000;
    private static final int DEPTH = 8;
    private static final Pattern OUTCOME = Pattern.compile(
            "\\{\"id\":\"([^\"]+)\",\"status\":\"([^\"]+)\".*?\"replayed\":(true|false)(,\"sequence\":\\d+.*)?\\}");

    private static final String UNKNOWN = "";

    @TempDir
    Path directory;

    /** What the client knows: every id it has sent, with the part of the receipt that must never change once it came. */
    private final Map<String, String> outcomeById = new ConcurrentHashMap<>();

    private volatile CountDownLatch acknowledged = new CountDownLatch(0);
    private final Queue<AssertionError> failures = new ConcurrentLinkedQueue<>();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void everyAcknowledgedPaymentSurvivesKillNine() throws Exception {
        long seed = Long.getLong("bayar.kill.seed", System.nanoTime());
        System.out.println("seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        Path keys = Files.writeString(directory.resolve("keys.json"), TestSigner.keysJson());
        Path accounts = Files.writeString(
                directory.resolve("accounts.csv"),
                "account,currency,opening\nalice,MYR," + OPENING + "\nkedai,MYR,0\n");
        Path data = directory.resolve("data");
        int asked = 0;
        for (int round = 0; round <= ROUNDS; round++) {
            try (ServerProcess server = ServerProcess.start(
                    directory,
                    Map.of("JAVA_TOOL_OPTIONS", ""),
                    "--tcp=0",
                    "--ws=0",
                    "--data=" + data,
                    "--keys=" + keys,
                    "--accounts=" + accounts)) {
                asked += askAgain(server);
                if (round < ROUNDS) {
                    loadUntilKilled(server, round, 1 + random.nextInt(400));
                }
            }
        }

        long sales = outcomeById.keySet().stream().filter(KillTest::isSale).count();
        long holds = outcomeById.size() - sales;
        Map<String, Account> accountsNow = new HashMap<>();
        SqliteStore.readAccounts(data, account -> accountsNow.put(account.id().value(), account));
        assertEquals(OPENING - sales, accountsNow.get("alice").posted(), "each sale was made once");
        assertEquals(holds, accountsNow.get("alice").held(), "each authorization is held once");
        assertEquals(sales, accountsNow.get("kedai").posted());
        assertEquals(0, accountsNow.values().stream().mapToLong(Account::posted).sum());
        HistoryReport history = SqliteStore.verify(data, done -> {});
        assertTrue(history.isSound(), history.toString());
        assertTrue(asked >= ROUNDS, "the load was too small to show anything: " + asked);
        System.out.println(sales + " sales and " + holds + " authorizations, " + asked + " asked again after a kill");
    }

    /** Asks for everything sent in the round before: what was told must be told again; what was not is settled now. */
    private int askAgain(ServerProcess server) throws IOException {
        Map<String, String> before = new LinkedHashMap<>();
        outcomeById.forEach((id, outcome) -> {
            if (!outcome.startsWith("settled")) {
                before.put(id, outcome);
            }
        });
        try (TestPeer peer = TestPeer.to(server.url("tcp"))) {
            for (Map.Entry<String, String> sent : before.entrySet()) {
                Matcher reply = outcome(peer.ask(message(sent.getKey())));
                assertEquals(sent.getKey(), reply.group(1));
                assertEquals("approved", reply.group(2));
                if (!sent.getValue().equals(UNKNOWN)) {
                    assertEquals("true", reply.group(3), "an acknowledged payment was forgotten: " + reply.group());
                    assertEquals(sent.getValue(), reply.group(4), "an acknowledged payment has changed");
                }
                outcomeById.put(sent.getKey(), "settled" + reply.group(4));
            }
        }
        return before.size();
    }

    /** Kills the server in the middle of the load, once this many payments were acknowledged. */
    private void loadUntilKilled(ServerProcess server, int round, int acknowledgements) throws Exception {
        acknowledged = new CountDownLatch(acknowledgements);
        Thread overTcp = new Thread(() -> load(server.url("tcp"), "t" + round));
        Thread overWebSocket = new Thread(() -> load(server.url("ws"), "w" + round));
        overTcp.start();
        overWebSocket.start();
        assertTrue(acknowledged.await(30, TimeUnit.SECONDS), "the server does not answer");
        server.process().destroyForcibly();
        server.process().waitFor();
        overTcp.join();
        overWebSocket.join();
        for (AssertionError failure : failures) {
            throw failure;
        }
    }

    /** Sends payments, a few in flight, until the connection breaks: what is known by then is what counts. */
    private void load(String url, String prefix) {
        try (TestPeer peer = TestPeer.to(url)) {
            int sent = 0;
            for (int received = 0; ; received++) {
                while (sent - received < DEPTH) {
                    String id = prefix + "-" + sent++;
                    outcomeById.put(id, UNKNOWN);
                    peer.send(message(id));
                }
                Matcher reply = outcome(peer.receive());
                assertEquals("approved", reply.group(2));
                outcomeById.put(reply.group(1), reply.group(4));
                acknowledged.countDown();
            }
        } catch (IOException | CompletionException killed) {
            return;
        } catch (AssertionError e) {
            failures.add(e);
        }
    }

    private static boolean isSale(String id) {
        return id.hashCode() % 2 == 0;
    }

    private static byte[] message(String id) {
        return isSale(id) ? TestSigner.sale(id, 1) : TestSigner.authorize(id, 1);
    }

    private static Matcher outcome(String reply) {
        Matcher matcher = OUTCOME.matcher(reply);
        assertTrue(matcher.matches(), reply);
        return matcher;
    }
}
