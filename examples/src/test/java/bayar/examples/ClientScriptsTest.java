package bayar.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import bayar.transport.Transport;
import bayar.transport.tcp.Framing;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** W10: the clients in {@code examples/clients}, run as people run them, over both transports. Skips what is not installed. */
class ClientScriptsTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path CLIENTS = Path.of("clients").toAbsolutePath();
    private static final byte[] SECRET = "a secret of exactly 32 bytes: -_".getBytes(UTF_8);

    @TempDir
    Path folder;

    private Path keys;

    private enum Client {
        NODE {
            @Override
            boolean isInstalled() {
                return runs("node", "--version") && Files.isDirectory(CLIENTS.resolve("node/node_modules/ws"));
            }

            @Override
            Transport server() {
                return WebSocketTransport.on(0);
            }

            @Override
            List<String> command(int port, Path keys, Pay pay) {
                return named(List.of("node", CLIENTS + "/node/pay.mjs", "--url", "ws://127.0.0.1:" + port), keys, pay);
            }
        },
        PYTHON {
            @Override
            boolean isInstalled() {
                return runs("python3", "--version");
            }

            @Override
            Transport server() {
                return TcpTransport.on(0);
            }

            @Override
            List<String> command(int port, Path keys, Pay pay) {
                return named(List.of("python3", CLIENTS + "/python/pay.py", "--port", "" + port), keys, pay);
            }
        },
        SHELL {
            @Override
            boolean isInstalled() {
                return runs("openssl", "version") && runs("sh", "-c", "command -v nc");
            }

            @Override
            Transport server() {
                return TcpTransport.builder().framing(Framing.NEWLINE).build();
            }

            @Override
            List<String> command(int port, Path keys, Pay pay) {
                return List.of(
                        "sh",
                        CLIENTS + "/shell/pay.sh",
                        "127.0.0.1",
                        "" + port,
                        "" + keys,
                        pay.kid,
                        "alice",
                        "kedai",
                        pay.amount,
                        "MYR",
                        pay.id);
            }
        };

        abstract boolean isInstalled();

        abstract Transport server();

        abstract List<String> command(int port, Path keys, Pay pay);

        private static List<String> named(List<String> start, Path keys, Pay pay) {
            List<String> command = new ArrayList<>(start);
            command.addAll(List.of(
                    "--keys",
                    "" + keys,
                    "--kid",
                    pay.kid,
                    "--from",
                    "alice",
                    "--to",
                    "kedai",
                    "--amount",
                    pay.amount,
                    "--currency",
                    "MYR",
                    "--id",
                    pay.id));
            return command;
        }
    }

    private record Pay(String kid, String amount, String id) {
        static final Pay GOOD = new Pay("till-1", "1250", "order-1001");
    }

    private record Run(int exitCode, String out, String err) {}

    @BeforeEach
    void writeKeys() throws IOException {
        keys = folder.resolve("keys.json");
        String other = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32]);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(SECRET);
        Files.writeString(keys, """
                {
                  "keys" : [ {
                    "kty" : "oct",
                    "kid" : "till-2",
                    "alg" : "HS256",
                    "k" : "%s",
                    "principal" : "other",
                    "grants" : {
                      "debit" : [ "bob" ]
                    }
                  }, {
                    "kty" : "oct",
                    "kid" : "till-1",
                    "alg" : "HS256",
                    "k" : "%s",
                    "principal" : "shop",
                    "grants" : {
                      "debit" : [ "alice", "acct-*" ]
                    }
                  } ]
                }
                """.formatted(other, secret));
    }

    @ParameterizedTest
    @EnumSource
    void w10_anApprovalIsPrintedAndExitsWith0(Client client) throws Exception {
        Run run = run(client, Pay.GOOD, exchange -> message -> answer(message, "approved", 1250));

        assertEquals(0, run.exitCode, run.err);
        JsonNode reply = JSON.readTree(run.out);
        assertEquals("order-1001", reply.get("id").asString());
        assertEquals("approved", reply.get("status").asString());
    }

    @ParameterizedTest
    @EnumSource
    void w10_aRefusalIsPrintedAndExitsWith1(Client client) throws Exception {
        Run declined = run(client, Pay.GOOD, exchange -> message -> answer(message, "declined", 1250));
        assertEquals(1, declined.exitCode, declined.err);
        assertEquals("declined", JSON.readTree(declined.out).get("status").asString());

        Run forged =
                run(client, new Pay("till-2", "1250", "a"), exchange -> message -> answer(message, "approved", 1250));
        assertEquals(1, forged.exitCode, forged.err);
        assertEquals(
                "signature_invalid", JSON.readTree(forged.out).get("reason").asString());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotKnownYetExitsWith3(Client client) throws Exception {
        Run run = run(client, Pay.GOOD, exchange -> message -> answer(message, "in_doubt", 1250));

        assertEquals(3, run.exitCode, run.err);
    }

    @ParameterizedTest
    @EnumSource(names = {"NODE", "PYTHON"})
    void aReplyOfAnotherAmountIsNotBelieved(Client client) throws Exception {
        Run run = run(client, Pay.GOOD, exchange -> message -> answer(message, "approved", 1));

        assertEquals(3, run.exitCode, run.err);
    }

    @ParameterizedTest
    @EnumSource(names = {"NODE", "PYTHON"})
    void onSilenceTheSameIdIsSentAgain(Client client) throws Exception {
        List<String> ids = new ArrayList<>();
        Run run = run(client, Pay.GOOD, exchange -> message -> {
            String reply = answer(message, "approved", 1250);
            ids.add(JSON.readTree(reply).get("id").asString());
            if (ids.size() == 1) {
                exchange.peer().close();
            }
            return reply;
        });

        assertEquals(0, run.exitCode, run.err);
        assertTrue(Stream.of("order-1001").toList().containsAll(ids), ids.toString());
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatIsNotThereExitsWith3(Client client) throws Exception {
        assumeTrue(client.isInstalled(), client + " is not installed here");
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }

        Run run = run(client.command(port, keys, Pay.GOOD));

        assertEquals(3, run.exitCode, run.err);
        assertEquals("", run.out);
        assertTrue(run.err.contains("order-1001"), run.err);
    }

    @ParameterizedTest
    @EnumSource
    void aKeyThatIsNotThereExitsWith2(Client client) throws Exception {
        assumeTrue(client.isInstalled(), client + " is not installed here");

        Run run = run(client.command(1, keys, new Pay("nobody", "1250", "a")));

        assertEquals(2, run.exitCode, run.err);
        assertTrue(run.err.contains("nobody"), run.err);
    }

    private interface Answerer {
        String answer(byte[] message);
    }

    private interface Answers {
        Answerer to(Exchange exchange);
    }

    private Run run(Client client, Pay pay, Answers answers) throws Exception {
        assumeTrue(client.isInstalled(), client + " is not installed here");
        MessageHandler handler = (exchange, message) ->
                exchange.reply(answers.to(exchange).answer(message).getBytes(UTF_8));
        try (Transport server = client.server()) {
            server.start(handler);
            return run(client.command(server.address().getPort(), keys, pay));
        }
    }

    /** What a server would say, had it a ledger: verifies the message, and answers it with this status. */
    private static String answer(byte[] message, String status, int amount) {
        String[] parts = new String(message, UTF_8).split("\\.");
        JsonNode header = JSON.readTree(Base64.getUrlDecoder().decode(parts[0]));
        JsonNode payload = JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
        String id = payload.get("id").asString();
        long now = System.currentTimeMillis() / 1000;
        boolean isWellFormed = header.size() == 2
                && header.get("alg").asString().equals("HS256")
                && payload.get("type").asString().equals("sale")
                && payload.get("payer").asString().equals("alice")
                && payload.get("payee").asString().equals("kedai")
                && payload.get("amount").isIntegralNumber()
                && Math.abs(payload.get("iat").asLong() - now) < 10
                && payload.get("exp").asLong() > now;
        String reason = !isWellFormed ? "format_error" : isSigned(parts) ? status : "signature_invalid";
        String given = reason.equals(status) ? status : "rejected";
        return ("{\"id\":\"%s\",\"status\":\"%s\",\"reason\":\"%s\",\"money\":\"moved\",\"retry\":\"never\","
                        + "\"replayed\":false,\"sequence\":1,\"amount\":%d,\"currency\":\"MYR\"}")
                .formatted(id, given, reason, amount);
    }

    private static boolean isSigned(String[] parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
            byte[] expected = mac.doFinal((parts[0] + "." + parts[1]).getBytes(UTF_8));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(expected)
                    .equals(parts[2]);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Run run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("client", ".out");
        Path err = Files.createTempFile("client", ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running after 60 s: " + command);
            }
            return new Run(
                    process.exitValue(),
                    Files.readString(out).strip(),
                    Files.readString(err).strip());
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static boolean runs(String... command) {
        try {
            return run(List.of(command)).exitCode == 0;
        } catch (IOException notInstalled) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
