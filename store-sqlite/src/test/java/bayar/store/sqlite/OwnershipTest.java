package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.store.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One owner at a time, in this process and among processes; and what an owner that is killed leaves behind. */
class OwnershipTest {
    @TempDir
    Path directory;

    @Test
    void aSecondOwnerInThisProcessIsRefusedAndHarmsNothing() throws Exception {
        try (SqliteStore first = SqliteStore.open(directory)) {
            for (int attempt = 0; attempt < 2; attempt++) {
                StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(directory));
                assertTrue(refused.getMessage().contains("in use by another engine of this process"));
            }
            StoreException throughLink =
                    assertThrows(StoreException.class, () -> SqliteStore.open(directory.resolve(".")));
            assertTrue(throughLink.getMessage().contains("in use"));
            // The refused attempts have not given the first one's lock away.
            assertEquals(List.of("refused"), outputOf(child("try")));
            Payments.commit(first, "p-1");
        }
        SqliteStore.open(directory).close();
    }

    @Test
    @Timeout(60)
    void anOwnerInAnotherProcessIsRespectedAndItsDeathNoticed() throws Exception {
        Process owner = child("commit");
        try (BufferedReader lines = owner.inputReader()) {
            assertNotNull(lines.readLine());
            StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(directory));
            assertTrue(refused.getMessage().contains("in use by another engine of another process"));
        } finally {
            kill(owner);
        }
        SqliteStore.open(directory).close();
    }

    @Test
    @Timeout(120)
    void whatWasCommittedIsThereAfterAKill() throws Exception {
        long acknowledged = 0;
        for (int round = 0; round < 4; round++) {
            Process owner = child("commit");
            try (BufferedReader lines = owner.inputReader()) {
                long until = acknowledged + 3 + 40L * round;
                String line = lines.readLine();
                while (line != null && Long.parseLong(line) < until) {
                    line = lines.readLine();
                }
                kill(owner);
                // What it had still said before it died counts too.
                for (; line != null; line = lines.readLine()) {
                    acknowledged = Long.parseLong(line);
                }
            } finally {
                kill(owner);
            }
            long[] balance = new long[1];
            SqliteStore.readAccounts(directory, account -> balance[0] += account.posted());
            assertEquals(0, balance[0]);
            try (SqliteStore store = SqliteStore.open(directory)) {
                assertTrue(
                        store.lastSequence() >= acknowledged,
                        store.lastSequence() + " payments are there, " + acknowledged + " were acknowledged");
                for (long sequence = 1; sequence <= store.lastSequence(); sequence++) {
                    assertEquals(
                            sequence, store.payment("shop", "p-" + sequence).sequence());
                }
                assertEquals(
                        Payments.AMOUNT * store.lastSequence(),
                        store.account(AccountId.of("kedai")).posted());
            }
            HistoryReport report = SqliteStore.verify(directory, reached -> {});
            assertTrue(report.isSound(), report.toString());
        }
    }

    private Process child(String task) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        task,
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static List<String> outputOf(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return output.lines().toList();
    }

    private static void kill(Process process) throws InterruptedException {
        // Not by the process itself, which would close its output before the last of it is read.
        process.toHandle().destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    }

    /** Another process: tries to open the ledger, or commits to it for ever and prints each sequence number after. */
    static final class Child {
        public static void main(String[] arguments) {
            Path ledger = Path.of(arguments[1]);
            if (arguments[0].equals("try")) {
                try (SqliteStore store = SqliteStore.open(ledger)) {
                    System.out.println("opened " + store.description());
                } catch (StoreException e) {
                    System.out.println("refused");
                }
                return;
            }
            try (SqliteStore store = SqliteStore.open(ledger)) {
                while (Files.exists(ledger)) {
                    Payments.commit(store, "p-" + (store.lastSequence() + 1));
                    System.out.println(store.lastSequence());
                }
            }
        }
    }
}
