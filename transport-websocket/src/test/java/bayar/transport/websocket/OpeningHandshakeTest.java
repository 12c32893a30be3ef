package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.transport.websocket.OpeningHandshake.Answer;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** W3 and W4: the strict opening handshake. */
class OpeningHandshakeTest {
    private static final String GOOD = ClientFrames.upgrade();

    @Test
    void w3_acceptsTheExampleOfTheRfc() {
        Answer answer = read(GOOD);

        assertNotNull(answer);
        assertTrue(answer.isAccepted());
        assertEquals(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                new String(answer.response(), ISO_8859_1));
    }

    @Test
    void w3_takesTheRequestAndLeavesTheFramesBehindIt() {
        ByteBuffer input = bytes(GOOD + "behind");

        assertNotNull(handshake().read(input));

        assertEquals("behind", ISO_8859_1.decode(input).toString());
    }

    @Test
    void w3_waitsForTheRestWhereverTheRequestIsCut() {
        OpeningHandshake handshake = handshake();
        for (int length = 1; length < GOOD.length(); length++) {
            ByteBuffer part = bytes(GOOD.substring(0, length));
            assertNull(handshake.read(part), "after " + length + " bytes");
            assertEquals(0, part.position());
        }
        Answer answer = handshake.read(bytes(GOOD));
        assertNotNull(answer);
        assertTrue(answer.isAccepted());
    }

    @Test
    void w4_takesUpNoExtensionAndNoSubprotocol() {
        Answer answer = read(ClientFrames.upgrade(
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
                "Sec-WebSocket-Protocol: chat, superchat\r\n"));

        assertNotNull(answer);
        assertTrue(answer.isAccepted());
        assertFalse(new String(answer.response(), ISO_8859_1).contains("Extensions"));
        assertFalse(new String(answer.response(), ISO_8859_1).contains("Protocol:"));
    }

    @TestFactory
    java.util.stream.Stream<DynamicTest> w3_acceptsWhatClientsSend() {
        return Map.ofEntries(
                        Map.entry(
                                "names in any case",
                                GOOD.replace("Upgrade:", "UPGRADE:").replace("Host", "hOST")),
                        Map.entry("token in any case", GOOD.replace(": websocket", ": WebSocket")),
                        Map.entry("keep-alive too", GOOD.replace(": Upgrade\r\n", ": keep-alive, Upgrade\r\n")),
                        Map.entry("Connection twice", GOOD.replace("Conn", "Connection: keep-alive\r\nConn")),
                        Map.entry("no space after the colon", GOOD.replace("Host: ", "Host:")),
                        Map.entry("spaces and tabs around", GOOD.replace("Version: 13", "Version: \t13 \t")),
                        Map.entry("an address of version 6", GOOD.replace("localhost:2346", "[::1]:2346")),
                        Map.entry("a host without a port", GOOD.replace("localhost:2346", "localhost")),
                        Map.entry("a query", GOOD.replace("GET /", "GET /?a=b&c=/%20")),
                        Map.entry("a body of no length", ClientFrames.upgrade("Content-Length: 0\r\n")),
                        Map.entry("a cookie", ClientFrames.upgrade("Cookie: a=b; c=\"\u00e9\"\r\n")),
                        Map.entry("a page of this host", ClientFrames.upgrade("Origin: http://localhost:8080\r\n")),
                        Map.entry("8 KiB", filled(OpeningHandshake.MAX_REQUEST_BYTES)))
                .entrySet()
                .stream()
                .map(good -> DynamicTest.dynamicTest(good.getKey(), () -> {
                    Answer answer = read(good.getValue());
                    assertNotNull(answer);
                    assertTrue(answer.isAccepted(), answer.line());
                }));
    }

    @TestFactory
    java.util.stream.Stream<DynamicTest> w3_refusesWithAProperResponse() {
        return Map.ofEntries(
                        Map.entry("400 bare LF", GOOD.replace("\r\n", "\n")),
                        Map.entry("400 one bare LF", GOOD.replace("Upgrade\r\n", "Upgrade\n")),
                        Map.entry("400 bare CR", GOOD.replace("Upgrade\r\n", "Upgrade\r")),
                        Map.entry("400 header folding", GOOD.replace("Version: 13", "Version:\r\n 13")),
                        Map.entry("400 folding with a tab", GOOD.replace("Version: 13", "Version:\r\n\t13")),
                        Map.entry("400 space before the colon", GOOD.replace("Host:", "Host :")),
                        Map.entry("400 no colon", ClientFrames.upgrade("nonsense\r\n")),
                        Map.entry("400 empty name", ClientFrames.upgrade(": value\r\n")),
                        Map.entry("400 NUL in a value", ClientFrames.upgrade("X-A: a\0b\r\n")),
                        Map.entry("400 DEL in a value", ClientFrames.upgrade("X-A: a\u007fb\r\n")),
                        Map.entry(
                                "400 duplicate key",
                                GOOD.replace(
                                        "Sec-WebSocket-K",
                                        "Sec-WebSocket-Key: " + ClientFrames.KEY + "\r\nsec-websocket-K")),
                        Map.entry("400 duplicate version", ClientFrames.upgrade("Sec-WebSocket-Version: 13\r\n")),
                        Map.entry("400 duplicate Host", ClientFrames.upgrade("Host: localhost\r\n")),
                        Map.entry(
                                "400 duplicate Origin",
                                ClientFrames.upgrade("Origin: http://localhost\r\nOrigin: http://localhost\r\n")),
                        Map.entry("400 no Host", GOOD.replace("Host", "X-Host")),
                        Map.entry("400 empty Host", GOOD.replace("localhost:2346", "")),
                        Map.entry("400 two hosts in one", GOOD.replace("localhost:2346", "a, b")),
                        Map.entry("400 no key", GOOD.replace("Sec-WebSocket-Key", "X-Key")),
                        Map.entry("400 key of 15 bytes", GOOD.replace(ClientFrames.KEY, "AAAAAAAAAAAAAAAAAAAA")),
                        Map.entry("400 key of 17 bytes", GOOD.replace(ClientFrames.KEY, "AAAAAAAAAAAAAAAAAAAAAAA=")),
                        Map.entry("400 key not Base64", GOOD.replace(ClientFrames.KEY, "dGhlIHNhbXBsZSBub25j*Q==")),
                        Map.entry("400 no Connection", GOOD.replace("Connection: U", "X-C: U")),
                        Map.entry("400 other Connection", GOOD.replace(": Upgrade\r\n", ": keep-alive\r\n")),
                        Map.entry("400 a body", ClientFrames.upgrade("Content-Length: 5\r\n")),
                        Map.entry("400 a chunked body", ClientFrames.upgrade("Transfer-Encoding: chunked\r\n")),
                        Map.entry("400 no path", GOOD.replace("GET / ", "GET ")),
                        Map.entry("400 two spaces", GOOD.replace("GET /", "GET  /")),
                        Map.entry("400 a fragment", GOOD.replace("GET /", "GET /#a")),
                        Map.entry("400 an absolute address", GOOD.replace("GET /", "GET http://localhost/")),
                        Map.entry("400 an asterisk", GOOD.replace("GET /", "GET *")),
                        Map.entry("400 lower case", GOOD.replace("GET", "get")),
                        Map.entry("400 an empty line first", "\r\n" + GOOD),
                        Map.entry("400 nothing but an empty line", "G\r\n\r\n"),
                        Map.entry("400 a length-framed message", "\0\0\0\5hello"),
                        Map.entry("400 JSON", "{\"id\":1}\n"),
                        Map.entry("403 a foreign page", ClientFrames.upgrade("Origin: https://evil.example\r\n")),
                        Map.entry("403 a page without an origin", ClientFrames.upgrade("Origin: null\r\n")),
                        Map.entry(
                                "403 DNS rebinding",
                                GOOD.replace(
                                        "localhost:2346\r\n",
                                        "evil.example:2346\r\nOrigin: http://evil.example:2346\r\n")),
                        Map.entry("404 another path", GOOD.replace("GET /", "GET /other")),
                        Map.entry("405 POST", GOOD.replace("GET", "POST")),
                        Map.entry("505 HTTP/1.0", GOOD.replace("HTTP/1.1", "HTTP/1.0")),
                        Map.entry("505 HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".replace("PRI *", "GET /")),
                        Map.entry("426 plain HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                        Map.entry("426 another protocol", GOOD.replace(": websocket", ": h2c")),
                        Map.entry("426 version 8", GOOD.replace(": 13", ": 8")),
                        Map.entry("426 no version", GOOD.replace("Sec-WebSocket-Version", "X-Version")),
                        Map.entry("431 one byte too many", filled(OpeningHandshake.MAX_REQUEST_BYTES + 1)))
                .entrySet()
                .stream()
                .map(bad -> DynamicTest.dynamicTest(bad.getKey(), () -> {
                    Answer answer = read(bad.getValue());
                    assertNotNull(answer);
                    assertFalse(answer.isAccepted());
                    String response = new String(answer.response(), ISO_8859_1);
                    assertEquals("HTTP/1.1 " + bad.getKey().substring(0, 3), response.substring(0, 12));
                    String[] headAndBody = response.split("\r\n\r\n", 2);
                    assertTrue(headAndBody[0].contains("\r\nContent-Length: " + headAndBody[1].length()), response);
                    assertTrue(headAndBody[0].contains("close\r\n"), response);
                }));
    }

    @Test
    void w3_namesItsVersionToOthers() {
        Answer answer = read(GOOD.replace(": 13", ": 8"));

        assertNotNull(answer);
        assertTrue(new String(answer.response(), ISO_8859_1).contains("\r\nSec-WebSocket-Version: 13\r\n"));
    }

    @Test
    void w3_tellsABrowserWhatThisIs() {
        Answer answer = read("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

        assertNotNull(answer);
        assertTrue(new String(answer.response(), ISO_8859_1).contains("This is a WebSocket endpoint."));
    }

    @Test
    void w3_refusesAHugeHeaderWithoutWaitingForItsEnd() {
        OpeningHandshake handshake = handshake();
        String endless = "GET / HTTP/1.1\r\nX: " + "x".repeat(OpeningHandshake.MAX_REQUEST_BYTES);

        assertNull(handshake.read(bytes(endless.substring(0, OpeningHandshake.MAX_REQUEST_BYTES - 1))));

        Answer answer = handshake.read(bytes(endless));
        assertNotNull(answer);
        assertEquals("431", answer.line().substring(0, 3));
    }

    @Test
    void w3_answersTlsWithSilence() {
        Answer answer = read("\u0016\u0003\u0001\u0002\u0000\u0001");

        assertNotNull(answer);
        assertFalse(answer.isAccepted());
        assertEquals(0, answer.response().length);
    }

    @ParameterizedTest
    @CsvSource({
        "https://shop.example,        pay.example,      true",
        "HTTPS://Shop.Example,        pay.example,      true",
        "https://shop.example:8443,   pay.example,      false",
        "http://shop.example,         pay.example,      false",
        "http://pay.example,          pay.example:2346, true",
        "http://PAY.example:80,       pay.example,      true",
        "http://pay.example.evil.com, pay.example,      false",
        "http://[::1]:8080,           [::1]:2346,       true",
        "null,                        null,             false",
        "pay.example,                 pay.example,      false",
        "://pay.example,              pay.example,      false",
        "'',                          pay.example,      false",
    })
    void w3_originPolicy(String origin, String host, boolean permitted) {
        assertEquals(permitted, new OriginPolicy(Set.of("https://shop.example"), false).permits(origin, host));
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost,        localhost:2346,        true",
        "http://app.localhost:80, app.localhost:2346,    true",
        "http://127.0.0.1:3000,   127.0.0.1:2346,        true",
        "http://[::1],            [::1]:2346,            true",
        "http://127.evil.example, 127.evil.example:2346, false",
        "http://pay.example,      pay.example:2346,      false",
        "https://shop.example,    localhost:2346,        true",
    })
    void w3_originPolicyOnLoopback(String origin, String host, boolean permitted) {
        assertEquals(permitted, new OriginPolicy(Set.of("https://shop.example"), true).permits(origin, host));
    }

    @Test
    void w3_anyOriginWhenToldSo() {
        assertTrue(new OriginPolicy(Set.of(OriginPolicy.ANY), true).permits("null", "localhost"));
    }

    private static String filled(int bytes) {
        String empty = ClientFrames.upgrade("X: \r\n");
        return ClientFrames.upgrade("X: " + "x".repeat(bytes - empty.length()) + "\r\n");
    }

    private static OpeningHandshake handshake() {
        return new OpeningHandshake("/", new OriginPolicy(Set.of(), true));
    }

    private static @Nullable Answer read(String request) {
        return handshake().read(bytes(request));
    }

    private static ByteBuffer bytes(String request) {
        return ByteBuffer.wrap(request.getBytes(ISO_8859_1));
    }
}
