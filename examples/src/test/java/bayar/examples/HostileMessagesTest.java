package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * What hostile senders try, with the answer that each gets over both transports. None closes its connection, moves money,
 * uses up an id, or leaves a stack trace in the log. What is hostile below the message (frames, handshakes) is tested with
 * each transport.
 */
@Timeout(60)
class HostileMessagesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream REAL_ERR = System.err;
    private static final ByteArrayOutputStream LOGGED = new ByteArrayOutputStream();

    @TempDir
    static Path directory;

    private static EngineOnSockets server;
    private static TestPeer tcp;
    private static TestPeer webSocket;

    /** One row: what is sent, and the reason and the field of the answer. */
    private record Hostile(String name, byte[] message, String reason, String field) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void start() throws Exception {
        System.setErr(new PrintStream(LOGGED, true, StandardCharsets.UTF_8));
        server = EngineOnSockets.start(directory);
        tcp = TestPeer.to(server.tcpUrl());
        webSocket = TestPeer.to(server.webSocketUrl());
    }

    @AfterAll
    static void nothingHappened() throws Exception {
        try {
            for (TestPeer peer : List.of(tcp, webSocket)) {
                JsonNode reply = JSON.readTree(peer.ask(TestSigner.sale("x", 10)));
                assertEquals("approved", reply.get("status").asString(), "the id is unused, the connection alive");
            }
            assertEquals(990, server.balance("alice"));
            tcp.close();
            webSocket.close();
            server.close();
        } finally {
            System.setErr(REAL_ERR);
        }
        String logged = LOGGED.toString(StandardCharsets.UTF_8);
        assertFalse(logged.contains("\tat "), "no stack trace: " + logged);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void isAnswered(Hostile hostile) throws Exception {
        for (TestPeer peer : List.of(tcp, webSocket)) {
            JsonNode reply = JSON.readTree(peer.ask(hostile.message));
            assertEquals(hostile.reason, reply.get("reason").asString(), reply.toString());
            assertEquals("rejected", reply.get("status").asString(), reply.toString());
            assertEquals("not_moved", reply.get("money").asString(), reply.toString());
            String field = reply.has("field") ? reply.get("field").asString() : null;
            assertEquals(hostile.field, field, reply.toString());
            assertTrue(reply.get("message").asString().length() < 300, reply.toString());
        }
    }

    static Stream<Hostile> table() {
        List<Hostile> rows = new ArrayList<>();
        String sale = TestSigner.salePayload("x", 10);

        // The JSON of a message that is signed well.
        rows.add(json("no bytes at all", "", null));
        rows.add(json("not JSON", "pay alice", null));
        rows.add(json("an array", "[" + sale + "]", null));
        rows.add(json("a string", "\"sale\"", null));
        rows.add(json("null", "null", null));
        rows.add(json("cut off", sale.substring(0, sale.length() - 3), null));
        rows.add(json("bytes behind it", sale + "x", null));
        rows.add(json("two objects", sale + sale, null));
        rows.add(json("a comma behind the last field", sale.replace("}", ",}"), null));
        rows.add(json("single quotes", sale.replace('"', '\''), null));
        rows.add(json("a comment", sale.replace("{", "{/* hello */"), null));
        rows.add(json("a byte order mark", "\uFEFF" + sale, null));
        rows.add(json("an unknown field", sale.replace("{", "{\"amout\":1,"), "amout"));
        rows.add(json("an id twice", sale.replace("{", "{\"id\":\"y\","), "id"));
        rows.add(json("an amount twice", sale.replace("\"amount\":10", "\"amount\":1,\"amount\":10"), "amount"));
        rows.add(json("a name in disguise, twice", sale.replace("{", "{\"\\u0069d\":\"y\","), "id"));
        rows.add(json("no id", sale.replace("\"id\":\"x\",", ""), "id"));
        rows.add(json("no type", sale.replace("\"type\":\"sale\",", ""), "type"));
        rows.add(json("no payer", sale.replace("\"payer\":\"alice\",", ""), "payer"));
        rows.add(json("no payee", sale.replace("\"payee\":\"kedai\",", ""), "payee"));
        rows.add(json("no amount", sale.replace("\"amount\":10,", ""), "amount"));
        rows.add(json("no currency", sale.replace("\"currency\":\"MYR\",", ""), "currency"));
        rows.add(json("no iat", sale.replaceAll("\"iat\":\\d+,", ""), "iat"));
        rows.add(json("no exp", sale.replaceAll(",\"exp\":\\d+", ""), "exp"));
        rows.add(json("an empty id", sale.replace("\"x\"", "\"\""), "id"));
        rows.add(json("an id of 65 characters", sale.replace("\"x\"", '"' + "i".repeat(65) + '"'), "id"));
        rows.add(json("an id with a space", sale.replace("\"x\"", "\"x y\""), "id"));
        rows.add(json("an id with a line feed", sale.replace("\"x\"", "\"x\\ny\""), "id"));
        rows.add(json("an id that is a number", sale.replace("\"x\"", "7"), "id"));
        rows.add(json("an id that is null", sale.replace("\"x\"", "null"), "id"));
        rows.add(json("an unknown type", sale.replace("\"sale\"", "\"gift\""), "type"));
        rows.add(json("a reversal", sale.replace("\"sale\"", "\"reversal\""), "type"));
        rows.add(json("an account in Cyrillic", sale.replace("alice", "\u0430lice"), "payer"));
        rows.add(json("a payee with a quote", sale.replace("kedai", "ke\\\"dai"), "payee"));
        rows.add(json("an amount with decimals", amount(sale, "12.99"), "amount"));
        rows.add(json("an amount with an exponent", amount(sale, "1e3"), "amount"));
        rows.add(json("an amount in a string", amount(sale, "\"10\""), "amount"));
        rows.add(json("an amount with a leading zero", amount(sale, "010"), "amount"));
        rows.add(json("an amount with a plus", amount(sale, "+10"), "amount"));
        rows.add(json("an amount in hexadecimal", amount(sale, "0x10"), "amount"));
        rows.add(json("minus nothing", amount(sale, "-0"), "amount"));
        rows.add(json("not a number", amount(sale, "NaN"), "amount"));
        rows.add(json("true for an amount", amount(sale, "true"), "amount"));
        rows.add(json("an amount that is an object", amount(sale, "{\"minor\":10}"), "amount"));
        rows.add(amountRow("an amount of nothing", amount(sale, "0")));
        rows.add(amountRow("an amount below nothing", amount(sale, "-10")));
        rows.add(amountRow("an amount of thirteen digits", amount(sale, "1000000000000")));
        rows.add(amountRow("an amount that wraps around 64 bits", amount(sale, "18446744073709551626")));
        rows.add(amountRow("an amount of 400 digits", amount(sale, "9".repeat(400))));
        rows.add(json("a currency in small letters", sale.replace("MYR", "myr"), "currency"));
        rows.add(json("a currency that does not exist", sale.replace("MYR", "QQQ"), "currency"));
        rows.add(json("exp before iat", sale.replaceAll("\"exp\":\\d+", "\"exp\":1"), "exp"));
        rows.add(json("iat with decimals", sale.replaceAll("\"iat\":(\\d+)", "\"iat\":$1.5"), "iat"));
        rows.add(json("exp in the year 60000", sale.replaceAll("\"exp\":\\d+", "\"exp\":1831000000000"), "exp"));
        rows.add(json("a payment on a sale", sale.replace("{", "{\"payment\":\"y\","), "payment"));
        rows.add(json("a final sale", sale.replace("{", "{\"final\":true,"), "final"));
        rows.add(json("metadata that is a list", sale.replace("{", "{\"metadata\":[],"), "metadata"));
        rows.add(json("metadata within metadata", sale.replace("{", "{\"metadata\":{\"a\":{}},"), "metadata"));
        rows.add(json("a number in metadata", sale.replace("{", "{\"metadata\":{\"a\":1},"), "metadata"));
        rows.add(json("a metadata key twice", metadata(sale, "\"a\":\"1\",\"a\":\"2\""), "metadata"));
        rows.add(json("a metadata value of 257", metadata(sale, "\"a\":\"" + "v".repeat(257) + '"'), "metadata"));
        rows.add(json("seventeen entries of metadata", metadata(sale, entries(17)), "metadata"));
        rows.add(json("brackets 30,000 deep", sale.replace("{", "{\"metadata\":" + "[".repeat(30_000)), "metadata"));
        rows.add(json("objects 3,000 deep", "{\"metadata\":".repeat(3_000), "metadata"));
        rows.add(json("half a surrogate pair", sale.replace("kedai", "\\ud800"), "payee"));
        rows.add(bytes("an overlong slash", sale, new byte[] {(byte) 0xc0, (byte) 0xaf}, "payee"));
        rows.add(bytes("a stray continuation byte", sale, new byte[] {(byte) 0x80}, "payee"));
        rows.add(bytes("a surrogate in UTF-8", sale, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, "payee"));
        rows.add(bytes("a byte of zero", sale, new byte[] {0}, "payee"));
        rows.add(new Hostile(
                "UTF-16", TestSigner.signed(sale.getBytes(StandardCharsets.UTF_16LE)), "format_error", null));
        rows.add(new Hostile(
                "payer and payee are one", TestSigner.signed(sale.replace("kedai", "alice")), "same_account", "payee"));

        // The envelope.
        String good = new String(TestSigner.sale("x", 10), StandardCharsets.US_ASCII);
        String[] parts = good.split("\\.");
        rows.add(envelope("a bare payload", sale, "format_error", null));
        rows.add(envelope("one part", parts[0], "format_error", null));
        rows.add(envelope("two parts", parts[0] + "." + parts[1], "format_error", null));
        rows.add(envelope("four parts", good + ".", "format_error", null));
        rows.add(envelope("dots", "...", "format_error", null));
        rows.add(envelope("an empty header", "." + parts[1] + "." + parts[2], "format_error", "header"));
        rows.add(envelope("no signature", parts[0] + "." + parts[1] + ".", "signature_invalid", null));
        rows.add(envelope("a line feed behind it", good + "\n", "signature_invalid", null));
        rows.add(envelope("padding", good + "=", "signature_invalid", null));
        rows.add(envelope("a space before it", " " + good, "format_error", "header"));
        rows.add(header("alg none", "{\"alg\":\"none\",\"kid\":\"k1\"}", "signature_invalid", null));
        rows.add(header("another algorithm", "{\"alg\":\"HS512\",\"kid\":\"k1\"}", "signature_invalid", null));
        rows.add(header("an unknown key", "{\"alg\":\"HS256\",\"kid\":\"k2\"}", "signature_invalid", null));
        rows.add(header("no kid", "{\"alg\":\"HS256\"}", "format_error", "header"));
        rows.add(header("no alg", "{\"kid\":\"k1\"}", "format_error", "header"));
        rows.add(header("crit", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"b64\"]}", "format_error", "header"));
        rows.add(header("its own key", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"jwk\":{}}", "format_error", "header"));
        rows.add(header(
                "a key elsewhere", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"jku\":\"x\"}", "format_error", "header"));
        rows.add(header("alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"k1\"}", "format_error", "header"));
        rows.add(header("a kid that is a number", "{\"alg\":\"HS256\",\"kid\":1}", "format_error", "header"));
        rows.add(header(
                "a header of 600 bytes",
                "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"" + "t".repeat(600) + "\"}",
                "format_error",
                "header"));
        byte[] changed = good.getBytes(StandardCharsets.US_ASCII);
        changed[parts[0].length() + 20] ^= 1;
        rows.add(new Hostile("one bit of the payload changed", changed, "signature_invalid", null));
        rows.add(new Hostile(
                "a signature of another message",
                (parts[0] + "." + TestSigner.encode(sale.replace(":10", ":99").getBytes(StandardCharsets.UTF_8)) + "."
                                + parts[2])
                        .getBytes(StandardCharsets.US_ASCII),
                "signature_invalid",
                null));
        rows.add(new Hostile(
                "base64 with its other alphabet",
                (parts[0] + "."
                                + Base64.getEncoder()
                                        .encodeToString("{\"id\":\"??>>\"}".getBytes(StandardCharsets.UTF_8))
                                + "." + parts[2])
                        .getBytes(StandardCharsets.US_ASCII),
                "signature_invalid",
                null));

        // Times and grants.
        rows.add(new Hostile(
                "signed an hour ago",
                TestSigner.signed(sale.replaceAll("\"iat\":\\d+", "\"iat\":1700000000")),
                "stale",
                "iat"));
        rows.add(new Hostile(
                "from an account without a grant",
                TestSigner.signed(sale.replace("alice", "bob")),
                "not_permitted",
                "payer"));
        rows.add(new Hostile(
                "from the engine's own account",
                TestSigner.signed(sale.replace("alice", "bayar:opening:MYR")),
                "not_permitted",
                "payer"));
        rows.add(new Hostile(
                "by a method that does not exist",
                TestSigner.signed(sale.replace("{", "{\"method\":\"card\",")),
                "method_unknown",
                "method"));
        return rows.stream();
    }

    private static Hostile json(String name, String payload, String field) {
        return new Hostile("JSON: " + name, TestSigner.signed(payload), "format_error", field);
    }

    private static Hostile bytes(String name, String sale, byte[] inPayee, String field) {
        String[] around = sale.split("kedai");
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(around[0].getBytes(StandardCharsets.UTF_8));
        payload.writeBytes(inPayee);
        payload.writeBytes(around[1].getBytes(StandardCharsets.UTF_8));
        return new Hostile("JSON: " + name, TestSigner.signed(payload.toByteArray()), "format_error", field);
    }

    private static Hostile amountRow(String name, String payload) {
        return new Hostile("JSON: " + name, TestSigner.signed(payload), "invalid_amount", "amount");
    }

    private static Hostile envelope(String name, String message, String reason, String field) {
        return new Hostile("JWS: " + name, message.getBytes(StandardCharsets.US_ASCII), reason, field);
    }

    private static Hostile header(String name, String header, String reason, String field) {
        byte[] payload = TestSigner.salePayload("x", 10).getBytes(StandardCharsets.UTF_8);
        return new Hostile("JWS: " + name, TestSigner.signed(header, payload), reason, field);
    }

    private static String amount(String sale, String value) {
        return sale.replace("\"amount\":10", "\"amount\":" + value);
    }

    private static String metadata(String sale, String entries) {
        return sale.replaceFirst("\\{", "{\"metadata\":{" + entries + "},");
    }

    private static String entries(int count) {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add("\"k" + i + "\":\"v\"");
        }
        return String.join(",", entries);
    }
}
