package bayar.examples.acquirer;

import static bayar.examples.acquirer.AcquirerPeer.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.examples.Cli;
import bayar.examples.ServerProcess;
import bayar.examples.card.ApiSecret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code ./bayar acquirer} as its own process. {@code -Dbayar.kill.rounds=N} sets how often it is killed, {@code
 * -Dbayar.kill.seed=S} repeats after how many answers.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class AcquirerProcessTest {
    private static final int ROUNDS = Integer.getInteger("bayar.kill.rounds", 3);
    private static final int MERCHANTS = 4;

    @TempDir
    private Path directory;

    /** What merchants were told, by key. */
    private final Map<String, JsonNode> answers = new ConcurrentHashMap<>();

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @Test
    void whatWasAnsweredIsInTheBookOnceAfterKillNine() throws Exception {
        long seed = Long.getLong("bayar.kill.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            try (ServerProcess process = acquirer()) {
                payUntilKilled(process, round, 1 + random.nextInt(100));
            }
        }

        try (ServerProcess process = acquirer()) {
            Map<String, JsonNode> book = new LinkedHashMap<>();
            for (JsonNode entry : peer(process).book()) {
                book.put(entry.path("key").asString(), entry);
            }
            answers.forEach((key, answer) -> assertEquals(answer, book.get(key)));
            Map<String, Integer> lines = new HashMap<>();
            for (String line : Files.readAllLines(directory.resolve("book"))) {
                lines.merge(line, 1, Integer::sum);
            }
            assertEquals(book.size(), lines.size());
            assertTrue(book.size() >= answers.size(), "answered: " + answers.size());
            assertEquals(0, process.stop(), process.err());
        }
    }

    private void payUntilKilled(ServerProcess process, int round, int count) throws Exception {
        AcquirerPeer peer = peer(process);
        CountDownLatch answered = new CountDownLatch(count);
        Thread[] merchants = new Thread[MERCHANTS];
        for (int i = 0; i < MERCHANTS; i++) {
            String prefix = round + "-" + i + "-";
            merchants[i] = new Thread(() -> payUntilItBreaks(peer, prefix, answered));
            merchants[i].start();
        }
        assertTrue(answered.await(60, TimeUnit.SECONDS), process.err());
        process.process().destroyForcibly().waitFor();
        for (Thread merchant : merchants) {
            merchant.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    private void payUntilItBreaks(AcquirerPeer peer, String prefix, CountDownLatch answered) {
        try {
            for (int i = 0; ; i++) {
                String key = prefix + i;
                answers.put(key, peer.pay("{'key':'" + key + "','type':'sale','amount':1200,'currency':'MYR'}"));
                answered.countDown();
            }
        } catch (IOException killed) {
            return;
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            failures.add(e);
        }
    }

    @Test
    void itMakesItsSecretForItsOwnerAloneAndKeepsIt() throws Exception {
        Path secret = directory.resolve("book.secret");
        try (ServerProcess process = acquirer()) {
            assertEquals(
                    "approved", told(peer(process).pay("{'key':'k1','type':'sale','amount':1200,'currency':'MYR'}")));
            assertTrue(process.listening().get(0).startsWith("listening http://127.0.0.1:"));
        }
        String made = Files.readString(secret);
        assertEquals(64, made.strip().length());
        if (Files.getFileStore(secret).supportsFileAttributeView("posix")) {
            assertEquals(2, Files.getPosixFilePermissions(secret).size());
        }
        try (ServerProcess process = acquirer()) {
            assertEquals("approved", told(peer(process).inquire("k1")));
        }
        assertEquals(made, Files.readString(secret));
    }

    @Test
    void aBookThatAnotherProcessKeepsIsRefused() throws Exception {
        try (ServerProcess process = acquirer()) {
            assertTrue(process.process().isAlive());
            Cli second = Cli.run("acquirer", "--port=0", "--book=" + directory.resolve("book"));
            assertEquals(1, second.exitCode());
            assertTrue(second.err().contains("is another acquirer's"), second.err());
        }
    }

    @Test
    void theCommandExplainsItselfAndRefusesWhatItCannotDo() throws Exception {
        Cli help = Cli.run("acquirer", "--help");
        assertEquals(0, help.exitCode());
        for (String option : List.of("--port", "--book", "--secret-file", "--webhook", "--host")) {
            assertTrue(help.out().contains(option), help.out());
        }
        String book = "--book=" + directory.resolve("book");
        assertEquals(2, Cli.run("acquirer", book).exitCode());
        assertEquals(2, Cli.run("acquirer", book, "--port=65536").exitCode());
        Cli webhook = Cli.run("acquirer", book, "--port=0", "--webhook=ftp://x");
        assertEquals("bayar: the webhook ftp://x: the url must be http://host:port/path\n", webhook.err());
        Path tooShort = Files.writeString(directory.resolve("short"), "secret\n");
        Cli secret = Cli.run("acquirer", book, "--port=0", "--secret-file=" + tooShort);
        assertEquals("bayar: the acquirer's secret has 6 characters; it needs 32 or more\n", secret.err());
    }

    private ServerProcess acquirer() throws IOException {
        return ServerProcess.startAcquirer(directory, "--port=0", "--book=" + directory.resolve("book"));
    }

    private AcquirerPeer peer(ServerProcess process) {
        return AcquirerPeer.to(URI.create(process.url("http")), ApiSecret.read(directory.resolve("book.secret")));
    }
}
