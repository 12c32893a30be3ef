package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the power: kills the server under load, and goes on with only what had been forced to the disk by then. A
 * {@code kill -9} alone proves little, since the operating system still writes what the process had not forced.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class PowerCutTest {
    private static final int ROUNDS = Integer.getInteger("bayar.powercut.rounds", 10);
    private static final Pattern OUTCOME =
            Pattern.compile("\\{\"id\":\"([^\"]+)\",\"status\":\"approved\".*\"replayed\":(true|false),(.*)\\}");

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void everyAcknowledgedPaymentSurvivesAPowerCut() throws Exception {
        Path shim = compiledShim();
        long seed = Long.getLong("bayar.powercut.seed", System.nanoTime());
        System.out.println("seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        Path keys = Files.writeString(directory.resolve("keys.json"), TestSigner.keysJson());
        Path accounts = Files.writeString(
                directory.resolve("accounts.csv"), "account,currency,opening\nalice,MYR,1000000\nkedai,MYR,0\n");
        for (int round = 0; round < ROUNDS; round++) {
            Path disk = Files.createDirectory(directory.resolve("disk-" + round));
            List<Matcher> acknowledged = new ArrayList<>();
            try (ServerProcess server = start(
                    directory.resolve("data-" + round),
                    keys,
                    accounts,
                    Map.of("LD_PRELOAD", shim.toString(), "POWER_CUT_DISK", disk.toString()))) {
                load(server, 1 + random.nextInt(60), acknowledged);
                server.process().destroyForcibly();
                server.process().waitFor();
            }

            try (ServerProcess server = start(disk, keys, accounts, Map.of());
                    TestPeer peer = TestPeer.to(server.url("tcp"))) {
                for (Matcher before : acknowledged) {
                    Matcher after = outcome(peer.ask(TestSigner.sale(before.group(1), 1)));
                    assertEquals("true", after.group(2), "an acknowledged payment was forgotten: " + before.group());
                    assertEquals(before.group(3), after.group(3), "an acknowledged payment has changed");
                }
            }
            assertTrue(SqliteStore.verify(disk, done -> {}).isSound());
        }
    }

    private static void load(ServerProcess server, int acknowledgements, List<Matcher> acknowledged)
            throws IOException {
        try (TestPeer peer = TestPeer.to(server.url("tcp"))) {
            int ahead = 4;
            for (int i = 0; i < acknowledgements + ahead; i++) {
                peer.send(TestSigner.sale("p-" + i, 1));
                if (i >= ahead) {
                    acknowledged.add(outcome(peer.receive()));
                }
            }
        }
    }

    private ServerProcess start(Path data, Path keys, Path accounts, Map<String, String> environment)
            throws IOException {
        return ServerProcess.start(
                directory, environment, "--tcp=0", "--data=" + data, "--keys=" + keys, "--accounts=" + accounts);
    }

    private static Matcher outcome(String reply) {
        Matcher matcher = OUTCOME.matcher(reply);
        assertTrue(matcher.matches(), reply);
        return matcher;
    }

    private Path compiledShim() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "LD_PRELOAD is how Linux does it");
        Path shim = directory.resolve("power-cut.so");
        Process compiler;
        try {
            compiler = new ProcessBuilder(
                            "cc", "-shared", "-fPIC", "-O1", "-o", shim.toString(), "src/test/c/power-cut.c", "-ldl")
                    .inheritIO()
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "no C compiler here: " + e.getMessage());
            throw e;
        }
        assertEquals(0, compiler.waitFor(), "the shim does not compile");
        return shim;
    }
}
