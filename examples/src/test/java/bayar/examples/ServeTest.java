package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Status;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.client.PaymentClient;
import bayar.codec.InputLimits;
import bayar.transport.tcp.TcpDialer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ServeTest {
    /** In units of 512 bytes: room for SQLite's own library, which it unpacks, and for a ledger that is small. */
    private static final int MAX_FILE_BLOCKS = 16_384;

    @TempDir
    private Path directory;

    private String keys = "";
    private String accounts = "";
    private String data = "";

    @BeforeEach
    void makeKeysAndAccounts() throws IOException {
        keys = directory.resolve("keys.json").toString();
        data = directory.resolve("ledger").toString();
        assertEquals(
                0,
                Cli.run("keys", "new", "--file", keys, "--kid", "till-1", "--principal", "till", "--debit", "alice")
                        .exitCode());
        accounts = Files.writeString(
                        directory.resolve("accounts.csv"), "account,currency,opening\nalice,MYR,1000000\nkedai,MYR,0\n")
                .toString();
    }

    @Test
    void paysOverBothTransportsDrainsOnSigtermAndTellsTheSameAfterARestart() throws Exception {
        try (ServerProcess server = serve("--data", data)) {
            assertTrue(server.listening().get(0).matches("listening ws://127\\.0\\.0\\.1:\\d+"), server.toString());
            assertTrue(
                    server.listening().get(1).matches("listening tcp://127\\.0\\.0\\.1:\\d+ framing length4"),
                    server.toString());

            Cli overWebSocket = pay(server.url("ws"), "order-1", 1250);
            Cli overTcp = pay(server.url("tcp"), "order-2", 750);
            assertEquals(0, overWebSocket.exitCode(), overWebSocket.err());
            assertEquals(0, overTcp.exitCode(), overTcp.err());

            Cli running = Cli.run("accounts", "--data", data);
            assertEquals(0, running.exitCode(), running.err());
            assertTrue(running.out().contains("alice,MYR,998000,0\n"), running.out());

            assertEquals(0, server.stop());
            assertTrue(server.err().contains("drained"), server.err());
            assertFalse(server.err().contains("\tat "), server.err());
            assertFalse(server.err().contains("alice"), "an account's whole name is in the log: " + server.err());
            String audit = Files.readString(Path.of(data, "audit.log"));
            assertTrue(audit.contains("action=open account=alice opening=1000000 currency=MYR"), audit);
        }
        try (ServerProcess server = serve("--data", data)) {
            Cli again = pay(server.url("tcp"), "order-1", 1250);

            assertEquals(0, again.exitCode(), again.err());
            assertTrue(again.out().contains("\"replayed\":true"), again.out());
            assertTrue(Cli.run("accounts", "--data", data).out().contains("kedai,MYR,2000,0\n"));
        }
    }

    @Test
    void logsJsonWhereItIsToldToAndAuditsInTheFileThatItIsGiven() throws Exception {
        Path audit = directory.resolve("audit 100%.txt");
        try (ServerProcess server = serve("--data", data, "--log-format", "json", "--audit", audit.toString())) {
            assertEquals(0, pay(server.url("tcp"), "order-1", 1250).exitCode());
            assertEquals(1, payTo("nobody", server.url("ws"), "order-2", 1).exitCode());
            assertEquals(0, server.stop());
            List<JsonNode> requests = json(server.err(), " request - ");
            assertEquals(
                    List.of("order-1", "order-2"),
                    requests.stream().map(line -> line.path("id").asString()).toList());
            assertEquals("approved", requests.get(0).path("reason").asString());
            assertEquals(1250, requests.get(0).path("amount").asInt());
            assertTrue(requests.get(0).path("micros").isNumber());
        }
        List<JsonNode> changes = json(Files.readString(audit), " audit - ");
        assertEquals(
                Map.of("start", 1L, "open", 2L, "end", 1L),
                changes.stream()
                        .collect(Collectors.groupingBy(
                                line -> line.path("action").asString(), Collectors.counting())));
        assertFalse(Files.exists(Path.of(data, "audit.log")), "it is told twice");
        if (Files.getFileStore(audit).supportsFileAttributeView("posix")) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(audit)));
        }
    }

    /** What stands behind this mark in each line that has it. */
    private static List<JsonNode> json(String log, String mark) {
        return log.lines()
                .filter(line -> line.contains(mark))
                .map(line -> JsonMapper.shared().readTree(line.substring(line.indexOf(mark) + mark.length())))
                .toList();
    }

    @Test
    void refusesAnAuditFileThatCannotBeWritten() {
        Cli refused = Cli.run("serve", "--tcp=0", "--memory", "--keys", keys, "--audit", directory.toString());

        assertEquals(1, refused.exitCode());
        assertOneLine(refused.err(), "choose another file with --audit");
    }

    @Test
    void refusesADataDirectoryThatAnotherServerHas() throws Exception {
        try (ServerProcess first = serve("--data", data);
                ServerProcess second = launch("--data", data)) {
            assertEquals(1, second.exitCode());
            assertOneLine(second.err(), "in use");
            assertEquals(0, pay(first.url("ws"), "order-1", 1).exitCode());
        }
    }

    @Test
    void refusesAPortThatIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (String transport : List.of("--ws", "--tcp")) {
                Cli refused = Cli.run(
                        "serve",
                        transport,
                        "" + taken.getLocalPort(),
                        "--memory",
                        "--keys",
                        keys,
                        "--accounts",
                        accounts);

                assertEquals(1, refused.exitCode());
                assertOneLine(refused.err(), "" + taken.getLocalPort());
            }
        }
    }

    @Test
    void refusesADataDirectoryThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        Cli refused =
                Cli.run("serve", "--tcp=0", "--data", file.resolve("ledger").toString(), "--keys", keys);

        assertEquals(1, refused.exitCode());
        assertOneLine(refused.err(), "ledger");
    }

    @Test
    void refusesAFaultyAccountsFileAndNamesThePlace() throws IOException {
        Files.writeString(Path.of(accounts), "account,currency,opening\nalice,MYR,1\nalice,MYR,2\n");

        Cli refused = Cli.run("serve", "--tcp=0", "--memory", "--keys", keys, "--accounts", accounts);

        assertEquals(1, refused.exitCode());
        assertOneLine(refused.err(), "line 3, column 1");
    }

    @Test
    void refusesAKeyFileWithAShortSecret() throws IOException {
        Files.writeString(
                Path.of(keys),
                "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"weak\",\"k\":\"c2hvcnQ\",\"principal\":\"till\","
                        + "\"grants\":{\"debit\":[\"alice\"]}}]}");

        Cli refused = Cli.run("serve", "--tcp=0", "--memory", "--keys", keys);

        assertEquals(1, refused.exitCode());
        assertOneLine(refused.err(), "weak");
        assertTrue(refused.err().contains("32"), refused.err());
        assertFalse(refused.err().contains("c2hvcnQ"), "the secret is shown: " + refused.err());
    }

    @Test
    void refusesContradictoryOptionsWithAUsageLine() {
        assertUsage("serve", "--memory", "--data", data, "--keys", keys);
        assertUsage("serve", "--keys", keys);
        assertUsage("serve", "--memory");
        assertUsage("serve", "--memory", "--keys", keys, "--ws", "65536");
        assertUsage("serve", "--memory", "--keys", keys, "--tcp-framing", "length8");
    }

    @Test
    void takesUnsignedMessagesOnlyWhenToldToAndWarns() throws Exception {
        try (ServerProcess server = launchReady(
                "--memory", "--allow-unsigned", "--tcp=0", "--tcp-framing=newline", "--accounts=" + accounts)) {
            assertTrue(server.err().contains("WARNING"), server.err());
            assertTrue(server.listening().get(0).endsWith(" framing newline"), server.toString());
        }
    }

    @Test
    void findsAnExtensionInAJarThatWasDroppedBesideIt() throws Exception {
        Path jars = Files.createDirectory(directory.resolve("extensions"));
        jar(Path.of("extension", "target", "classes"), jars.resolve("house-rules.jar"));
        Map<String, String> rules = Map.of("HOUSE_MAX_AMOUNT", "5000", "HOUSE_BLOCKED_PAYEES", "mallory");
        try (ServerProcess server = ServerProcess.start(
                directory,
                rules,
                "--memory",
                "--ws=0",
                "--keys=" + keys,
                "--accounts=" + accounts,
                "--extensions=" + jars)) {
            Cli tooMuch = pay(server.url("ws"), "order-1", 5001);
            Cli allowed = pay(server.url("ws"), "order-2", 5000);
            Cli blocked = payTo("mallory", server.url("ws"), "order-3", 1);

            assertEquals(1, tooMuch.exitCode());
            assertTrue(tooMuch.out().contains("\"reason\":\"not_permitted\""), tooMuch.out());
            assertTrue(tooMuch.out().contains("\"field\":\"amount\""), tooMuch.out());
            assertEquals(0, allowed.exitCode(), allowed.err());
            assertEquals(1, blocked.exitCode());
            assertTrue(blocked.out().contains("\"field\":\"payee\""), blocked.out());
        }
    }

    /** A limit on the size of files does what a full disk does: a write of the store fails. */
    @Test
    void endsWithTheReasonWhenTheDiskIsFullAndLosesNothingThatItAcknowledged() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a POSIX shell");
        int acknowledged;
        try (ServerProcess server =
                ServerProcess.startWithFilesUpTo(MAX_FILE_BLOCKS, directory, options("--quiet", "--data", data))) {
            acknowledged = payUntilItFails(URI.create(server.url("tcp")).getPort());
            assertEquals(1, server.exitCode(), server.err());
            assertOneLine(server.err(), "the engine has stopped: ");
        }
        assertTrue(acknowledged > 0);
        try (ServerProcess server = serve("--data", data)) {
            for (int number : new int[] {0, acknowledged - 1}) {
                Cli inquired = Cli.run(
                        "inquire",
                        "--url",
                        server.url("tcp"),
                        "--keys",
                        keys,
                        "--kid",
                        "till-1",
                        "--payment",
                        "order-" + number);
                assertEquals(0, inquired.exitCode(), inquired.out());
            }
        }
        assertEquals(0, Cli.run("verify", "--data", data).exitCode());
    }

    /** How many were approved before. */
    private int payUntilItFails(int port) {
        Map<String, String> bulk = new TreeMap<>();
        for (int i = 0; i < InputLimits.DEFAULT.metadataEntries(); i++) {
            bulk.put("note-" + i, "x".repeat(InputLimits.DEFAULT.metadataValueChars()));
        }
        try (PaymentClient client = PaymentClient.builder(
                        TcpDialer.to("127.0.0.1", port), Signer.of(KeySet.load(Path.of(keys)), "till-1"))
                .maxTries(1)
                .build()) {
            for (int number = 0; ; number++) {
                PaymentRequest payment = PaymentRequest.builder("order-" + number, Operation.SALE)
                        .payer("alice")
                        .payee("kedai")
                        .amount(Money.of(1, "MYR"))
                        .metadata(bulk)
                        .build();
                try {
                    if (client.send(payment).join().status() != Status.APPROVED) {
                        return number;
                    }
                } catch (CompletionException e) {
                    return number;
                }
            }
        }
    }

    private ServerProcess serve(String... place) throws IOException {
        return ServerProcess.start(directory, Map.of(), options(place));
    }

    private ServerProcess launch(String... place) throws IOException {
        return ServerProcess.launch(directory, options(place));
    }

    private ServerProcess launchReady(String... options) throws IOException {
        return ServerProcess.start(directory, Map.of(), options);
    }

    private String[] options(String... place) {
        return Stream.concat(
                        Stream.of(place), Stream.of("--ws=0", "--tcp=0", "--keys=" + keys, "--accounts=" + accounts))
                .toArray(String[]::new);
    }

    private Cli pay(String url, String id, long amount) {
        return payTo("kedai", url, id, amount);
    }

    private Cli payTo(String payee, String url, String id, long amount) {
        return Cli.run(
                "pay",
                "--url",
                url,
                "--keys",
                keys,
                "--kid",
                "till-1",
                "--from",
                "alice",
                "--to",
                payee,
                "--amount",
                "" + amount,
                "--currency",
                "MYR",
                "--id",
                id);
    }

    private static void assertOneLine(String err, String said) {
        List<String> lines =
                err.lines().filter(line -> line.startsWith("bayar: ")).toList();
        assertEquals(1, lines.size(), err);
        assertTrue(lines.get(0).contains(said), err);
        assertFalse(err.contains("\tat "), err);
    }

    private static void assertUsage(String... args) {
        Cli refused = Cli.run(args);
        assertEquals(2, refused.exitCode(), refused.err());
        assertTrue(refused.err().contains("Usage: bayar serve"), refused.err());
        assertEquals("", refused.out());
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(
                        new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
    }
}
