package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operator's commands, and the door that they go through. */
@Timeout(120)
class OperatorTest {
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    /** Takes connections and closes them: whatever is sent to it is in doubt. */
    private ServerSocket acquirer;

    private String keys = "";
    private String data = "";
    private String secret = "";

    OperatorTest() throws IOException {
        acquirer = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @BeforeEach
    void prepare() throws IOException {
        Thread closing = new Thread(this::closeEveryConnection);
        closing.setDaemon(true);
        closing.start();
        keys = directory.resolve("keys.json").toString();
        data = directory.resolve("ledger").toString();
        secret = Files.writeString(directory.resolve("secret"), "0123456789abcdef0123456789abcdef\n")
                .toString();
        assertEquals(
                0,
                Cli.run("keys", "new", "--file", keys, "--kid", "till-1", "--principal", "till", "--debit", "*")
                        .exitCode());
    }

    private void closeEveryConnection() {
        while (!acquirer.isClosed()) {
            try (Socket socket = acquirer.accept()) {
                assertTrue(socket.isConnected());
            } catch (IOException e) {
                assertTrue(acquirer.isClosed() || e.getMessage() != null);
            }
        }
    }

    @AfterEach
    void close() throws IOException {
        acquirer.close();
    }

    @Test
    void listsAndResolvesThroughTheRunningServer() throws Exception {
        Path file = directory.resolve("ledger").resolve("operator.json");
        try (ServerProcess server = serve("account,currency,opening\nalice,MYR,1000\nkedai,MYR,0\n")) {
            assertEquals("nothing is open\n", Cli.run("open", "--data", data).out());
            assertEquals(3, pay(server, "p-1").exitCode());
            assertEquals(3, pay(server, "p-2").exitCode());

            Cli table = Cli.run("open", "--data", data);
            assertEquals(0, table.exitCode(), table.err());
            List<String> lines = table.out().lines().toList();
            assertEquals(3, lines.size(), table.out());
            assertTrue(
                    lines.get(1).matches("p-1 +till +sale +100 MYR +in_doubt +processor_error +\\d+ s .*"),
                    table.out());
            Cli json = Cli.run("open", "--data", data, "--json");
            assertEquals(2, json.out().lines().count());
            assertTrue(json.out().startsWith("{\"id\":\"p-1\",\"principal\":\"till\",\"type\":\"sale\""), json.out());
            assertTrue(json.out().contains("\"nextTry\":"), json.out());

            Cli resolved = resolve("p-1", "approved");
            assertEquals(0, resolved.exitCode(), resolved.err());
            assertTrue(resolved.out().contains("\"status\":\"approved\""), resolved.out());
            assertTrue(Cli.run("accounts", "--data", data).out().contains("alice,MYR,900,100\n"));
            Cli again = resolve("p-1", "declined");
            assertEquals(1, again.exitCode());
            assertTrue(again.err().contains("payment p-1 is approved"), again.err());
            assertEquals(1, resolve("p-9", "declined").exitCode());
            assertEquals(2, resolve("p-2", "forgotten").exitCode());
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertEquals(0, server.stop());
        }
        assertFalse(Files.exists(file), "the token ends with the server");
    }

    @Test
    void listsAndResolvesInTheLedgerWhenNoServerRuns() throws Exception {
        ServerProcess server = serve("account,currency,opening\nalice,MYR,1000\nkedai,MYR,0\n");
        try {
            assertEquals(3, pay(server, "p-1").exitCode());
        } finally {
            server.close();
        }
        server.exitCode();
        Cli open = Cli.run("open", "--data", data);
        assertEquals(0, open.exitCode(), open.err());
        assertTrue(open.out().contains("p-1"), open.out());
        assertTrue(open.err().contains("no server runs"), open.err());
        assertEquals(1, resolve("p-1", "reverse").exitCode());
        Cli resolved = resolve("p-1", "not_executed");
        assertEquals(0, resolved.exitCode(), resolved.err());
        assertTrue(resolved.out().contains("\"status\":\"failed\""), resolved.out());
        assertEquals("nothing is open\n", Cli.run("open", "--data", data).out());
        assertTrue(Cli.run("accounts", "--data", data).out().contains("alice,MYR,1000,0\n"));
        Cli verified = Cli.run("verify", "--data", data);
        assertEquals(0, verified.exitCode(), verified.err());

        Path nothing = directory.resolve("nothing");
        assertEquals(1, Cli.run("open", "--data", nothing.toString()).exitCode());
        assertFalse(Files.exists(nothing));
    }

    @Test
    void theDoorLetsNobodyInWhoHasNoBusinessThere() throws Exception {
        try (ServerProcess server = serve("account,currency,opening\nalice,MYR,1000\nkedai,MYR,0\n")) {
            String url = server.url("http");
            assertEquals(url, operator().url().toString());
            String token = operator().token();

            assertEquals(401, status(url + "/operator/unresolved", null, null));
            assertEquals(401, status(url + "/operator/unresolved", token + "x", null));
            assertEquals(200, status(url + "/operator/unresolved", token, null));
            assertEquals(400, status(url + "/operator/unresolved?max=0", token, null));
            assertEquals(405, status(url + "/operator/unresolved", token, "{}"));
            assertEquals(405, status(url + "/operator/resolve", token, null));
            assertEquals(400, status(url + "/operator/resolve", token, "{\"id\":\"p\"}"));
            assertEquals(
                    "{\"error\":\"principal, id, as, by and because must be given\"}",
                    answer(url + "/operator/resolve", token, "{\"id\":\"p\"}").body());
            HttpRequest head = HttpRequest.newBuilder(URI.create(url + "/notifications/card"))
                    .method("HEAD", BodyPublishers.noBody())
                    .build();
            assertEquals(405, http.send(head, BodyHandlers.ofString()).statusCode());
            assertEquals(400, status(url + "/operator/resolve", token, "not json"));
            assertEquals(413, status(url + "/operator/resolve", token, "x".repeat(70_000)));
            assertEquals(404, status(url + "/", token, null));
            assertEquals(400, status(url + "/notifications/card", null, "{\"key\":\"2-00\"}"), "not signed");
            assertEquals(400, status(url + "/notifications/nobody", null, "{}"));
            assertEquals(405, status(url + "/notifications/card", null, null));
            assertFalse(server.err().contains("\tat "), server.err());
            assertFalse(server.err().contains("WARNING"), "nobody's request makes the JDK write to the log");
        }
    }

    @Test
    void whoIsSlowAtTheProcessorsDoorKeepsTheOperatorFromNothing() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (ServerProcess server = serve("account,currency,opening\nalice,MYR,1000\nkedai,MYR,0\n", "--http", "0")) {
            URI webhooks = URI.create(server.url("http"));
            for (int i = 0; i < 100; i++) {
                Socket socket = new Socket(webhooks.getHost(), webhooks.getPort());
                String begun =
                        i % 2 == 0 ? "POST /notif" : "POST /notifications/card HTTP/1.1\r\nContent-Length: 9\r\n\r\n{";
                socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }
            long began = System.nanoTime();
            Cli open = Cli.run("open", "--data", data);
            assertEquals("nothing is open\n", open.out(), open.err());
            assertTrue(System.nanoTime() - began < Duration.ofSeconds(8).toNanos(), "it waited for them");
            assertEquals(404, status(operator().url() + "/x", operator().token(), null));
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** The JDK's server reads its limits once, when the first door of the process is opened: here the monitor's. */
    @Test
    void whoNeverEndsARequestIsCutOffBesideAMonitorToo() throws Exception {
        try (ServerProcess server =
                serve("account,currency,opening\nalice,MYR,1000\nkedai,MYR,0\n", "--http", "0", "--monitor", "0")) {
            URI webhooks = URI.create(server.url("http"));
            try (Socket socket = new Socket(webhooks.getHost(), webhooks.getPort())) {
                socket.setSoTimeout(60_000);
                socket.getOutputStream().write("POST /notif".getBytes(StandardCharsets.US_ASCII));
                int read;
                try {
                    read = socket.getInputStream().read();
                } catch (SocketTimeoutException e) {
                    throw new AssertionError("it waits for the rest of the request for ever", e);
                } catch (SocketException e) {
                    // Reset by the server: cut off all the same.
                    read = -1;
                }
                assertEquals(-1, read);
            }
        }
    }

    @Test
    void theOperatorIsNotToBeFoundAtTheProcessorsDoor() throws Exception {
        try (ServerProcess server = serve("account,currency,opening\nalice,MYR,1000\nkedai,MYR,0\n", "--http", "0")) {
            String webhooks = server.url("http");
            String token = operator().token();
            assertFalse(operator().url().toString().equals(webhooks));
            assertEquals(404, status(webhooks + "/operator/unresolved", token, null));
            assertEquals(404, status(webhooks + "/operator/resolve", token, "{}"));
            assertEquals(400, status(webhooks + "/notifications/card", null, "{}"), "not signed");
            assertEquals(200, status(operator().url() + "/operator/unresolved", token, null));
        }
    }

    private OperatorFile operator() {
        OperatorFile operator = OperatorFile.read(directory.resolve("ledger").resolve("operator.json"));
        assertNotNull(operator);
        return operator;
    }

    @Test
    void withoutAPlaceForItThereIsNoDoor() throws Exception {
        try (ServerProcess server =
                ServerProcess.start(directory, Map.of(), "--tcp", "0", "--memory", "--keys", keys)) {
            assertEquals(1, server.listening().size());
        }
        Path file = directory.resolve("operator-of-a-memory.json");
        try (ServerProcess server = ServerProcess.start(
                directory, Map.of(), "--tcp", "0", "--memory", "--keys", keys, "--operator-file", file.toString())) {
            assertEquals(2, server.listening().size());
            Cli open = Cli.run("open", "--operator-file", file.toString());
            assertEquals("nothing is open\n", open.out(), open.err());
        }
    }

    @Test
    void limitsFollowTheAccountsFile() throws Exception {
        try (ServerProcess server =
                serve("account,currency,opening,limit_payment\nalice,MYR,1000,99\nkedai,MYR,0,\n")) {
            Cli declined = pay(server, "p-1");
            assertEquals(1, declined.exitCode());
            assertTrue(declined.out().contains("limit_per_payment"), declined.out());
            server.stop();
        }
        try (ServerProcess server =
                serve("account,currency,opening,limit_count,limit_window\nalice,MYR,1000,1,1h\nkedai,MYR,0,,\n")) {
            assertEquals(3, pay(server, "p-2").exitCode());
            Cli declined = pay(server, "p-3");
            assertTrue(declined.out().contains("limit_velocity"), declined.out());
        }
    }

    private int status(String url, @Nullable String token, @Nullable String body) throws Exception {
        HttpResponse<String> response = answer(url, token, body);
        assertTrue(response.statusCode() == 200 || response.body().startsWith("{\"error\":\""), response.body());
        return response.statusCode();
    }

    private HttpResponse<String> answer(String url, @Nullable String token, @Nullable String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.POST(BodyPublishers.ofString(body));
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private Cli resolve(String id, String as) {
        return Cli.run(
                "resolve",
                "--data",
                data,
                "--principal",
                "till",
                "--id",
                id,
                "--as",
                as,
                "--by",
                "maria",
                "--because",
                "statement 4711");
    }

    private Cli pay(ServerProcess server, String id) {
        return Cli.run(
                "pay",
                "--url",
                server.url("tcp"),
                "--keys",
                keys,
                "--kid",
                "till-1",
                "--from",
                "alice",
                "--to",
                "kedai",
                "--amount",
                "100",
                "--currency",
                "MYR",
                "--method",
                "card",
                "--timeout",
                "2",
                "--id",
                id);
    }

    private ServerProcess serve(String accounts, String... more) throws IOException {
        Path file = Files.writeString(directory.resolve("accounts.csv"), accounts);
        List<String> options = new ArrayList<>(List.of(
                "--tcp",
                "0",
                "--data",
                data,
                "--keys",
                keys,
                "--accounts",
                file.toString(),
                "--acquirer",
                "http://127.0.0.1:" + acquirer.getLocalPort(),
                "--acquirer-secret",
                secret));
        options.addAll(List.of(more));
        return ServerProcess.start(directory, Map.of(), options.toArray(String[]::new));
    }
}
