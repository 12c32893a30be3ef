package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.MoneyEffect;
import bayar.Reason;
import bayar.Receipt;
import bayar.auth.KeySet;
import bayar.engine.PaymentEngine;
import bayar.store.MemoryStore;
import bayar.transport.Dialer;
import bayar.transport.tcp.TcpDialer;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands of a client, against an engine in this process, over real sockets. */
class ClientCommandsTest {
    @TempDir
    private Path directory;

    private String keys = "";
    private PaymentEngine engine =
            PaymentEngine.builder().store(new MemoryStore()).start();
    private WebSocketTransport webSocket = WebSocketTransport.on(0);
    private TcpTransport tcp = TcpTransport.on(0);

    @BeforeEach
    void startEngine() {
        keys = directory.resolve("keys.json").toString();
        newKey("till-1", "till", "alice,kedai");
        newKey("other-1", "other", "bob");
        start(Clock.systemUTC());
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void payPrintsTheReplyAloneAndTellsTheOutcomeByItsExitCode(boolean overWebSocket) {
        Cli approved = pay(overWebSocket, "--amount", "1250", "--id", "order-1");
        Cli replayed = pay(overWebSocket, "--amount", "1250", "--id", "order-1");
        Cli declined = pay(overWebSocket, "--amount", "999999", "--id", "order-2");
        Cli rejected = pay(overWebSocket, "--amount", "1", "--id", "order-1");

        assertReply(approved, 0, "order-1", "approved", false);
        assertReply(replayed, 0, "order-1", "approved", true);
        assertReply(declined, 1, "order-2", "insufficient_funds", false);
        assertReply(rejected, 1, "order-1", "id_reused", false);
        assertEquals("", approved.err());
    }

    @Test
    void payMakesAnIdWhenNoneIsGivenAndTellsItApart() {
        Cli paid = pay(true, "--amount", "5");

        assertEquals(0, paid.exitCode(), paid.err());
        assertEquals("id " + json(paid).get("id").asString() + System.lineSeparator(), paid.err());
        assertNotEquals(
                json(paid).get("id").asString(),
                json(pay(true, "--amount", "5")).get("id").asString());
    }

    @Test
    void refundAndInquireActOnASale() {
        pay(true, "--amount", "1250", "--id", "order-1");
        String[] refund =
                client("refund", "--payment", "order-1", "--amount", "250", "--currency", "MYR", "--id", "r-1");
        Cli refunded = Cli.run(refund);
        Cli tooMuch = Cli.run(
                client("refund", "--payment", "order-1", "--amount", "1001", "--currency", "MYR", "--id", "r-2"));
        Cli inquired = Cli.run(client("inquire", "--payment", "order-1"));
        Cli unknown = Cli.run(client("inquire", "--id", "order-9"));
        Cli ofAnother = Cli.run(replaced(client("inquire", "--payment", "order-1"), "till-1", "other-1"));

        assertReply(refunded, 0, "r-1", "approved", false);
        assertReply(tooMuch, 1, "r-2", "exceeds_captured", false);
        assertEquals(0, inquired.exitCode(), inquired.err());
        assertEquals("order-1", json(inquired).get("payment").asString());
        assertEquals(250, json(inquired).get("refunded").asLong());
        assertEquals(1, unknown.exitCode());
        assertEquals("original_not_found", json(unknown).get("reason").asString());
        assertEquals("original_not_found", json(ofAnother).get("reason").asString());
    }

    @Test
    void aTransferCannotBeRefunded() {
        assertReply(pay(true, "--amount", "10", "--id", "t-1", "--type", "transfer"), 0, "t-1", "approved", false);
        Cli refused =
                Cli.run(client("refund", "--payment", "t-1", "--amount", "10", "--currency", "MYR", "--id", "r-1"));
        assertReply(refused, 1, "r-1", "invalid_transition", false);
    }

    @Test
    void anAuthorizationIsCapturedInPartsAndTheRestReleased() {
        Cli held = pay(true, "--amount", "1000", "--id", "a-1", "--type", "authorize");
        Cli first = capture("--amount", "300", "--id", "c-1");
        Cli tooMuch = capture("--amount", "701", "--id", "c-2");
        Cli last = capture("--amount", "200", "--id", "c-3", "--final");
        Cli late = Cli.run(client("void", "--payment", "a-1", "--id", "v-1"));
        Cli inquired = Cli.run(client("inquire", "--payment", "a-1"));

        assertReply(held, 0, "a-1", "approved", false);
        assertEquals("held", json(held).get("money").asString());
        assertReply(first, 0, "c-1", "approved", false);
        assertEquals("moved", json(first).get("money").asString());
        assertReply(tooMuch, 1, "c-2", "exceeds_authorized", false);
        assertReply(last, 0, "c-3", "approved", false);
        assertReply(late, 1, "v-1", "invalid_transition", false);
        assertEquals(500, json(inquired).get("captured").asLong());
        assertEquals(500, json(inquired).get("released").asLong());
    }

    @Test
    void aVoidReleasesAnAuthorization() {
        pay(true, "--amount", "1000", "--id", "a-1", "--type", "authorize");
        Cli voided = Cli.run(client("void", "--payment", "a-1"));
        assertEquals(0, voided.exitCode(), voided.err());
        assertEquals("not_moved", json(voided).get("money").asString());
        assertTrue(voided.err().startsWith("id "), voided.err());
    }

    private Cli capture(String... options) {
        List<String> all = new ArrayList<>(List.of("--payment", "a-1", "--currency", "MYR"));
        all.addAll(List.of(options));
        return Cli.run(client("capture", all.toArray(String[]::new)));
    }

    @Test
    void metadataIsAPartOfThePayment() {
        assertEquals(
                0,
                pay(true, "--amount", "1", "--id", "m-1", "--metadata", "order=1001")
                        .exitCode());
        Cli other = pay(true, "--amount", "1", "--id", "m-1", "--metadata", "order=1002");
        assertEquals("metadata", json(other).get("field").asString());
    }

    @Test
    void aKeyMayNotDebitWhatItWasNotGranted() {
        Cli refused = Cli.run(replaced(payArguments(true, "--amount", "1", "--id", "x-1"), "till-1", "other-1"));
        assertReply(refused, 1, "x-1", "not_permitted", false);
    }

    @Test
    void aClockThatIsFarOffIsNamed() {
        engine.close();
        start(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));

        Cli refused = pay(true, "--amount", "1", "--id", "order-1");

        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("clock"), refused.err());
    }

    @Test
    void aServerThatIsNotThereLeavesTheOutcomeUnknown() throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        for (String scheme : List.of("ws", "tcp")) {
            String url = scheme + "://127.0.0.1:" + port;
            Cli unknown = Cli.run(payArguments(url, "--amount", "1", "--timeout", "1", "--id", "u-1"));

            assertEquals(3, unknown.exitCode());
            assertEquals("", unknown.out());
            assertTrue(unknown.err().contains("\"u-1\""), unknown.err());
            assertFalse(unknown.err().contains("\tat "), unknown.err());
        }
    }

    @Test
    void aKeyThatIsNotInTheFileIsNamedAndSoIsAFileThatIsNotThere() {
        Cli noKey = Cli.run(replaced(payArguments(true, "--amount", "1"), "till-1", "till-9"));
        Cli noFile = Cli.run(replaced(payArguments(true, "--amount", "1"), keys, keys + "x"));

        assertFailure(noKey, "till-9");
        assertFailure(noFile, "keys.jsonx");
    }

    @Test
    void signPrintsAMessageThatTheServerTakesUntilItIsStale() throws Exception {
        String[] order = {
            "sign",
            "--keys",
            keys,
            "--kid",
            "till-1",
            "--from",
            "alice",
            "--to",
            "kedai",
            "--amount",
            "1250",
            "--currency",
            "MYR",
            "--id",
            "s-1"
        };
        Cli signed = Cli.run(order);
        Cli old = Cli.run(with(order, "--iat", "" + (Clock.systemUTC().instant().getEpochSecond() - 3600)));

        assertEquals(0, signed.exitCode(), signed.err());
        assertTrue(signed.out().matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\n"), signed.out());
        assertEquals("", signed.err());
        assertEquals("approved", reply(signed.out().trim()).get("reason").asString());
        assertNotEquals("approved", reply(old.out().trim()).get("status").asString());
        Cli inquiry = Cli.run("sign", "--keys", keys, "--kid", "till-1", "--type", "inquiry", "--payment", "s-1");
        assertEquals("s-1", reply(inquiry.out().trim()).get("payment").asString());
    }

    @Test
    void keysNewAddsToAFileAndNeverReplacesAKey() throws IOException {
        Cli again = Cli.run("keys", "new", "--file", keys, "--kid", "till-1", "--principal", "x", "--debit", "*");
        Cli pair = Cli.run("keys", "new", "--file", keys, "--kid", "ed", "--principal", "ed", "--alg", "Ed25519");

        assertFailure(again, "till-1");
        assertEquals(0, pair.exitCode(), pair.err());
        assertEquals("", pair.out());
        assertEquals(3, KeySet.load(Path.of(keys)).keys().size());
        String secret = JsonMapper.builder()
                .build()
                .readTree(Files.readString(Path.of(keys)))
                .get("keys")
                .get(2)
                .get("d")
                .asString();
        assertFalse(pair.err().contains(secret), pair.err());
    }

    /** Each line is wrong in one way, which the usage says. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --to kedai --amount 1 --currency MYR                             | --from is missing
            --from alice --amount 1 --currency MYR                           | --to is missing
            --from alice --to kedai --currency MYR                           | --amount is missing
            --from alice --to kedai --amount 1                               | --currency is missing
            --from alice --to kedai --amount 12.50 --currency MYR            | is not a long
            --from alice --to kedai --amount 0 --currency MYR                | 1 to 999999999999
            --from alice --to kedai --amount 1000000000000 --currency MYR    | 1 to 999999999999
            --from alice --to kedai --amount 1 --currency XYZW               | "XYZW"
            --from al!ce --to kedai --amount 1 --currency MYR                | "al!ce"
            --from alice --to alice --amount 1 --currency MYR                | two accounts
            --from alice --to kedai --amount 1 --currency MYR --id a/b       | id must be
            --from alice --to kedai --amount 1 --currency MYR --type refund  | refund
            --from alice --to kedai --amount 1 --currency MYR --timeout 0    | --timeout 0
            --from alice --to kedai --amount 1 --currency MYR --wrong        | --wrong
            """)
    void aWrongCommandLineGetsItsUsageAndExitCode2(String options, String said) {
        Cli refused = Cli.run(client("pay", options.split(" ")));

        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains(said), refused.err());
        assertTrue(refused.err().contains("Usage: bayar pay "), refused.err());
        assertEquals("", refused.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:1", "127.0.0.1:2346", "ws://", "tcp://127.0.0.1", "ws:// x"})
    void anAddressOfAnotherKindIsAWrongCommandLine(String url) {
        Cli refused = Cli.run(payArguments(url, "--amount", "1"));
        assertEquals(2, refused.exitCode(), refused.err());
        assertTrue(refused.err().contains("Usage: bayar pay "), refused.err());
    }

    @Test
    void withoutACommandAllOfThemAreListed() {
        Cli listed = Cli.run();
        assertEquals(2, listed.exitCode());
        for (String command : List.of("demo", "serve", "keys", "pay", "sign", "inquire", "accounts", "bench")) {
            assertTrue(listed.err().contains(command), listed.err());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "APPROVED, 0",
        "INSUFFICIENT_FUNDS, 1",
        "SIGNATURE_INVALID, 1",
        "STALE, 1",
        "OVERLOADED, 3",
        "DRAINING, 3",
        "DEADLINE_EXCEEDED, 3",
        "STORE_ERROR, 3",
        "PROCESSOR_TIMEOUT, 3"
    })
    void theExitCodeFollowsTheStatus(Reason reason, int exitCode) {
        Receipt receipt = new Receipt("x", reason, MoneyEffect.UNKNOWN, false, 0, null, null, null, null, 0, null);
        assertEquals(exitCode, ExitCode.of(receipt));
    }

    private void start(Clock clock) {
        engine.close();
        webSocket = WebSocketTransport.on(0);
        tcp = TcpTransport.on(0);
        engine = PaymentEngine.builder()
                .store(new MemoryStore())
                .keys(KeySet.load(Path.of(keys)))
                .clock(clock)
                .account("alice", Money.of(10_000, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .transport(webSocket)
                .transport(tcp)
                .start();
    }

    private void newKey(String kid, String principal, String debit) {
        Cli made = Cli.run("keys", "new", "--file", keys, "--kid", kid, "--principal", principal, "--debit", debit);
        assertEquals(0, made.exitCode(), made.err());
    }

    private Cli pay(boolean overWebSocket, String... options) {
        return Cli.run(payArguments(overWebSocket, options));
    }

    private String[] payArguments(boolean overWebSocket, String... options) {
        return payArguments(Serve.url(overWebSocket ? webSocket : tcp), options);
    }

    private String[] payArguments(String url, String... options) {
        return with(
                options,
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
                "kedai",
                "--currency",
                "MYR");
    }

    private String[] client(String command, String... options) {
        return with(new String[] {command, "--url", Serve.url(tcp), "--keys", keys, "--kid", "till-1"}, options);
    }

    private static String[] with(String[] arguments, String... more) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        // A command stands first.
        all.addAll(more[0].startsWith("--") ? all.size() : 0, Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    private static String[] replaced(String[] arguments, String old, String replacement) {
        return Arrays.stream(arguments)
                .map(a -> a.equals(old) ? replacement : a)
                .toArray(String[]::new);
    }

    private JsonNode reply(String message) throws Exception {
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        Dialer.Listener listener = new Dialer.Listener() {
            @Override
            public void onMessage(byte[] bytes) {
                reply.complete(bytes);
            }

            @Override
            public void onClose(String why) {
                reply.completeExceptionally(new IOException(why));
            }
        };
        try (Dialer.Connection connection =
                TcpDialer.to("127.0.0.1", tcp.address().getPort()).dial(listener)) {
            connection.send(message.getBytes(StandardCharsets.US_ASCII));
            return JsonMapper.builder().build().readTree(reply.get(30, TimeUnit.SECONDS));
        }
    }

    private static JsonNode json(Cli result) {
        assertEquals(1, result.out().lines().count(), result.out() + result.err());
        return JsonMapper.builder().build().readTree(result.out());
    }

    private static void assertReply(Cli result, int exitCode, String id, String reason, boolean replayed) {
        assertEquals(exitCode, result.exitCode(), result.out() + result.err());
        JsonNode reply = json(result);
        assertEquals(id, reply.get("id").asString());
        assertEquals(reason, reply.get("reason").asString());
        assertEquals(replayed, reply.get("replayed").asBoolean());
    }

    private static void assertFailure(Cli result, String said) {
        assertEquals(1, result.exitCode());
        assertEquals("", result.out());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().contains(said), result.err());
    }
}
