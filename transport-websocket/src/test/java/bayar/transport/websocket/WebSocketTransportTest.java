package bayar.transport.websocket;

import static bayar.transport.websocket.ClientFrames.BINARY;
import static bayar.transport.websocket.ClientFrames.CONTINUATION;
import static bayar.transport.websocket.ClientFrames.NOT_LAST;
import static bayar.transport.websocket.ClientFrames.PING;
import static bayar.transport.websocket.ClientFrames.close;
import static bayar.transport.websocket.ClientFrames.describe;
import static bayar.transport.websocket.ClientFrames.frame;
import static bayar.transport.websocket.ClientFrames.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.transport.Exchange;
import bayar.transport.Peer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The transport over real sockets. */
class WebSocketTransportTest {
    private final Echo echo = new Echo();
    private WebSocketTransport transport = WebSocketTransport.on(0);

    @AfterEach
    void stop() throws Exception {
        transport.close();
        await(() -> echo.open.isEmpty());
        assertEquals(echo.opened.get(), echo.closed.get(), "N8: closed once for each that was opened");
        assertEquals(0, echo.outOfOrder.get(), "N8: nothing before onOpen or after onClose");
    }

    @Test
    void itsNameIsWsAndItListensOnLoopback() throws Exception {
        InetSocketAddress address = start();

        assertEquals("ws", transport.name());
        assertTrue(address.getAddress().isLoopbackAddress());
        try (RawClient client = RawClient.open(address)) {
            client.send(text("hello"), close(1000, ""));
            assertEquals(List.of("text hello", "close 1000"), describe(client.readToEnd()));
        }
    }

    @Test
    void n1_aPortThatIsTakenIsAnException() {
        int port = start().getPort();

        BayarException refused = assertThrows(
                BayarException.class, () -> WebSocketTransport.on(port).start(echo));

        assertTrue(refused.getMessage().contains(String.valueOf(port)), refused.getMessage());
    }

    @TestFactory
    Stream<DynamicTest> w9_everyCaseOfTheTableOverASocket() {
        InetSocketAddress address =
                start(WebSocketTransport.builder().messageBytes(Rfc6455Cases.LARGEST_MESSAGE_BYTES));
        return Rfc6455Cases.all().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    try (RawClient client = RawClient.open(address)) {
                        client.send(c.sent());
                        assertEquals(c.expected(), describe(client.readToEnd()));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> w9_largeMessagesWholeAndInFragments() {
        InetSocketAddress address = start(
                WebSocketTransport.builder().messageBytes(16 * 1024 * 1024).closeAtUnsentBytes(64 * 1024 * 1024));
        return Stream.of(64 * 1024, 1024 * 1024, 4 * 1024 * 1024, 16 * 1024 * 1024)
                .flatMap(size -> Stream.of(size, size / 4 + 1, 16 * 1024, 256)
                        .map(fragment -> DynamicTest.dynamicTest(size + " in " + fragment, () -> {
                            byte[] message = new byte[size];
                            Arrays.fill(message, (byte) '*');
                            try (RawClient client = RawClient.open(address)) {
                                CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(client::readToEnd);
                                client.send(Rfc6455Cases.inFragments(message, fragment), close(1000, ""));
                                assertEquals(
                                        List.of(
                                                "text " + ClientFrames.shorten(new String(message, ISO_8859_1)),
                                                "close 1000"),
                                        describe(answer.get(30, TimeUnit.SECONDS)));
                            }
                        })));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "431 40 MiB handshake header",
                "400 bare LF",
                "400 header folding",
                "400 duplicate Sec-WebSocket-Key",
                "426 plain HTTP",
                "404 another path",
                "403 a foreign page",
                "400 not HTTP at all",
            })
    void w3_aBadHandshakeGetsItsWholeResponseThenTheEnd(String name) throws Exception {
        InetSocketAddress address = start();
        String request = switch (name.substring(4)) {
            case "bare LF" -> ClientFrames.upgrade().replace("\r\n", "\n");
            case "header folding" -> ClientFrames.upgrade("X: a\r\n b\r\n");
            case "duplicate Sec-WebSocket-Key" ->
                ClientFrames.upgrade("Sec-WebSocket-Key: " + ClientFrames.KEY + "\r\n");
            case "plain HTTP" -> "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl\r\n\r\n";
            case "another path" -> ClientFrames.upgrade().replace("GET /", "GET /other");
            case "a foreign page" -> ClientFrames.upgrade("Origin: https://evil.example\r\n");
            case "not HTTP at all" -> "\0\0\0\u0005hello";
            default -> "GET / HTTP/1.1\r\nHost: localhost\r\n";
        };

        try (RawClient client = new RawClient(address)) {
            client.send(request);
            if (name.startsWith("431")) {
                sendUntilRefused(client, "X-Filler: " + "x".repeat(1014) + "\r\n", 40 * 1024);
            }
            String response = new String(client.readToEnd(), ISO_8859_1);
            assertEquals("HTTP/1.1 " + name.substring(0, 3), response.substring(0, 12));
            assertFalse(response.contains("RESET") && !name.startsWith("431"), response);
        }
        assertEquals(0, echo.opened.get());
    }

    @Test
    void w3_tlsIsClosedWithoutAWord() throws Exception {
        InetSocketAddress address = start();
        try (RawClient client = new RawClient(address)) {
            client.send(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
            assertEquals(0, client.readToEnd().length);
        }
    }

    @Test
    void n2_aSlowHandshakeIsClosed() throws Exception {
        InetSocketAddress address =
                start(WebSocketTransport.builder().handshakeMillis(200).sweepMillis(20));
        try (RawClient client = new RawClient(address)) {
            client.send("GET / HTTP/1.1\r\n");
            assertEquals(0, client.readToEnd().length);
        }
        assertEquals(0, echo.opened.get());
    }

    @Test
    void w3_servesItsPathAndTheOriginsItWasTold() throws Exception {
        InetSocketAddress address =
                start(WebSocketTransport.builder().path("/pay").origins("https://shop.example"));
        try (RawClient client = new RawClient(address)) {
            client.send(ClientFrames.upgrade("Origin: https://shop.example\r\n").replace("GET /", "GET /pay?v=1"));
            assertTrue(client.readHead().startsWith("HTTP/1.1 101 "));
        }
        try (RawClient client = new RawClient(address)) {
            client.send(ClientFrames.upgrade());
            assertTrue(client.readHead().startsWith("HTTP/1.1 404 "));
        }
    }

    @Test
    void w1_aHeaderOf2GiBCostsNothingOnAThousandConnections() throws Exception {
        InetSocketAddress address = start();
        byte[] header = frame(BINARY, Integer.MAX_VALUE, 8, true, new byte[0]);
        for (int i = 0; i < 1000; i++) {
            try (RawClient client = RawClient.open(address)) {
                client.send(header);
                assertEquals(List.of("close 1009"), describe(client.readToEnd()));
            }
        }
    }

    @Test
    void w1_aHeaderOfTheLimitAllocatesOnlyWhatArrives() throws Exception {
        int limit = 32 * 1024 * 1024;
        InetSocketAddress address = start(WebSocketTransport.builder().messageBytes(limit));
        byte[] header = frame(BINARY, limit, 8, true, new byte[100]);
        RawClient[] clients = new RawClient[200];
        // Six GiB, if a header were believed.
        for (int i = 0; i < clients.length; i++) {
            clients[i] = RawClient.open(address);
            clients[i].send(header);
        }
        try (RawClient client = RawClient.open(address)) {
            client.send(text("still there"), close(1000, ""));
            assertEquals(List.of("text still there", "close 1000"), describe(client.readToEnd()));
        }
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void w1_aFloodOfFragmentsIsRefused() throws Exception {
        InetSocketAddress address = start(WebSocketTransport.builder().fragments(1000));
        byte[] empty = frame(NOT_LAST | CONTINUATION, new byte[0]);
        try (RawClient client = RawClient.open(address)) {
            client.send(frame(NOT_LAST | BINARY, new byte[0]));
            sendUntilRefused(client, new String(empty, ISO_8859_1), 100_000);
            String answer = new String(client.readToEnd(), ISO_8859_1);
            assertEquals("\u0088", answer.substring(0, 1));
            assertEquals("\u0003\u00f1", answer.substring(2, 4), "1009");
        }
    }

    @Test
    void w2_dataAfterCloseIsNotRead() throws Exception {
        InetSocketAddress address = start();
        try (RawClient client = RawClient.open(address)) {
            client.send(close(1000, ""), text("late"));
            client.send(text("later"));
            assertEquals(List.of("close 1000"), describe(client.readToEnd()));
        }
        assertEquals(0, echo.messages.get());
    }

    @Test
    void w5_aFloodOfPingsIsRefused() throws Exception {
        InetSocketAddress address = start();
        byte[] ping = frame(PING, new byte[125]);
        byte[][] pings = new byte[10_000][];
        Arrays.fill(pings, ping);
        try (RawClient client = RawClient.open(address)) {
            CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(client::readToEnd);
            try {
                client.send(pings);
            } catch (IOException closedMeanwhile) {
                // As it should be.
            }
            byte[] all = answer.get(30, TimeUnit.SECONDS);
            assertTrue(all.length < 101 * 127 + 100, all.length + " bytes");
        }
    }

    @Test
    void w6_anyByteCountsAsLife() throws Exception {
        InetSocketAddress address =
                start(WebSocketTransport.builder().idleMillis(400).sweepMillis(20));
        byte[] message = text("slow but alive");
        try (RawClient client = RawClient.open(address)) {
            for (byte b : message) {
                client.send(new byte[] {b});
                TimeUnit.MILLISECONDS.sleep(40);
            }
            assertEquals(List.of("text slow but alive"), describe(client.read(16)));
            // And silence does not.
            assertEquals(0, client.readToEnd().length);
        }
    }

    @Test
    void w7_aDrainThatGetsNoCloseEndsInBoundedTime() throws Exception {
        InetSocketAddress address =
                start(WebSocketTransport.builder().closeMillis(100).sweepMillis(20));
        try (RawClient client = RawClient.open(address)) {
            client.send(text("a"));
            assertEquals(List.of("text a"), describe(client.read(3)));
            CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(client::readToEnd);

            assertTrue(transport.drain(Duration.ofSeconds(10)));

            assertEquals(List.of("close 1001"), describe(rest.get(30, TimeUnit.SECONDS)));
        }
    }

    @Test
    void whoBreaksTheProtocolIsCountedOnceAndWhoSaysGoodByeIsNot() throws Exception {
        InetSocketAddress address = start();
        try (RawClient client = RawClient.open(address)) {
            client.send(text("hello"), close(1000, ""));
            client.readToEnd();
        }
        assertEquals(0, transport.status().broken());
        assertTrue(transport.status().bytesIn() > 0 && transport.status().bytesOut() > 0);
        try (RawClient client = new RawClient(address)) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            client.readToEnd();
        }
        assertEquals(1, transport.status().broken(), "a handshake that is none");
        try (RawClient client = RawClient.open(address)) {
            // It continues nothing.
            client.send(frame(CONTINUATION, new byte[0]), text("late"));
            assertEquals(List.of("close 1002"), describe(client.readToEnd()));
        }
        assertEquals(2, transport.status().broken());
        assertEquals(3, transport.status().accepted());
        assertEquals("ws", transport.status().name());
    }

    @Test
    void w8_aWrongCloseReasonIs1007() throws Exception {
        InetSocketAddress address = start();
        try (RawClient client = RawClient.open(address)) {
            client.send(frame(ClientFrames.CLOSE, ClientFrames.closePayload(1000, new byte[] {(byte) 0xff})));
            assertEquals(List.of("close 1007"), describe(client.readToEnd()));
        }
    }

    @Test
    void t5_halfCloseStillDeliversTheReplies() throws Exception {
        InetSocketAddress address = start();
        byte[] message = text("0123456789");
        byte[][] messages = new byte[5_000][];
        Arrays.fill(messages, message);
        try (RawClient client = RawClient.open(address)) {
            CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(client::readToEnd);
            client.send(messages);
            client.socket.shutdownOutput();
            assertEquals(Collections.nCopies(5_000, "text 0123456789"), describe(answer.get(30, TimeUnit.SECONDS)));
        }
    }

    @Test
    void t5_halfCloseInTheHandshakeEndsIt() throws Exception {
        InetSocketAddress address = start();
        try (RawClient client = new RawClient(address)) {
            client.send("GET / HTTP/1.1\r\n");
            client.socket.shutdownOutput();
            assertEquals(0, client.readToEnd().length);
        }
    }

    @Test
    void n3_aPeerThatNeverReadsIsNotReadForEver() throws Exception {
        InetSocketAddress address =
                start(WebSocketTransport.builder().stallMillis(300).sweepMillis(20));
        byte[] message = frame(BINARY, new byte[60 * 1024]);
        try (RawClient client = RawClient.open(address)) {
            OutputStream out = client.socket.getOutputStream();
            assertThrows(IOException.class, () -> {
                while (true) {
                    out.write(message);
                }
            });
        }
        assertTrue(echo.messages.get() * 60 < 64 * 1024, echo.messages + " messages of 60 KiB were read");
    }

    @Test
    void n6_aHandlerThatThrowsClosesItsConnectionAlone() throws Exception {
        transport.start(new Echo() {
            @Override
            public void onMessage(Exchange exchange, byte[] message) {
                if (message.length == 0) {
                    throw new StackOverflowError("thrown on purpose by a test");
                }
                exchange.reply(message);
            }
        });
        InetSocketAddress address = transport.address();
        try (RawClient other = RawClient.open(address);
                RawClient client = RawClient.open(address)) {
            client.send(text(""));
            assertEquals(0, client.readToEnd().length);
            other.send(text("b"), close(1000, ""));
            assertEquals(List.of("text b", "close 1000"), describe(other.readToEnd()));
        }
    }

    @Test
    void n8_theServersCloseOfAPeerIsAGoodBye() throws Exception {
        transport.start(new Echo() {
            @Override
            public void onOpen(Peer peer) {
                peer.close();
            }
        });
        try (RawClient client = RawClient.open(transport.address())) {
            assertEquals("88", ClientFrames.hex(client.read(1)));
            client.send(close(1001, ""));
            client.readToEnd();
        }
    }

    @Test
    void aPipeliningClientGetsEveryReplyInOrder() throws Exception {
        InetSocketAddress address = start(WebSocketTransport.builder().maxUnanswered(4));
        int count = 20_000;
        byte[][] messages = new byte[count][];
        for (int i = 0; i < count; i++) {
            messages[i] = text("message " + i);
        }
        try (RawClient client = RawClient.open(address)) {
            CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(client::readToEnd);
            client.send(messages);
            client.send(close(1000, ""));
            List<String> replies = describe(answer.get(30, TimeUnit.SECONDS));
            assertEquals(count + 1, replies.size());
            for (int i = 0; i < count; i++) {
                assertEquals("text message " + i, replies.get(i));
            }
        }
    }

    @Test
    void configurationThatCannotWorkIsRefused() {
        WebSocketTransport.Builder builder = WebSocketTransport.builder();
        assertThrows(BayarException.class, () -> builder.path("pay"));
        assertThrows(BayarException.class, () -> builder.path("/pay?x"));
        assertThrows(BayarException.class, () -> builder.origins("shop.example"));
        assertThrows(BayarException.class, () -> builder.origins("https://shop.example/"));
        assertThrows(BayarException.class, () -> builder.fragments(0));
        assertThrows(BayarException.class, () -> builder.pingsPerSecond(0));
        assertThrows(BayarException.class, () -> builder.closeMillis(0));
    }

    private InetSocketAddress start() {
        return start(WebSocketTransport.builder());
    }

    private InetSocketAddress start(WebSocketTransport.Builder builder) {
        transport = builder.build();
        transport.start(echo);
        return transport.address();
    }

    private static void sendUntilRefused(RawClient client, String part, int times) {
        byte[] bytes = part.getBytes(ISO_8859_1);
        try {
            for (int i = 0; i < times; i++) {
                client.send(bytes);
            }
        } catch (IOException refused) {
            // As it should be.
        }
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertTrue(condition.getAsBoolean());
    }
}
