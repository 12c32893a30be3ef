package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.transport.Dialer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's side, against our own server and against servers that misbehave. W10: java.net.http is a foreign client. */
class WebSocketDialerTest {
    private final Echo echo = new Echo();
    private final Received received = new Received();
    private final WebSocketTransport transport =
            WebSocketTransport.builder().messageBytes(1 << 20).build();

    @AfterEach
    void stop() {
        transport.close();
    }

    @Test
    void w10_messagesGoOutInOrderAndRepliesComeBack() throws Exception {
        try (Dialer.Connection connection = WebSocketDialer.to(start()).dial(received)) {
            for (int i = 0; i < 5_000; i++) {
                connection.send(("message " + i).getBytes(UTF_8));
            }
            for (int i = 0; i < 5_000; i++) {
                assertEquals("message " + i, new String(received.message(), UTF_8));
            }
        }
    }

    @Test
    void aLargeReplyIsJoined() throws Exception {
        byte[] large = new byte[1 << 20];
        Arrays.fill(large, (byte) '*');
        WebSocketDialer dialer =
                WebSocketDialer.builder(start()).messageBytes(large.length).build();
        try (Dialer.Connection connection = dialer.dial(received)) {
            connection.send(large);
            assertArrayEquals(large, received.message());
        }
    }

    @Test
    void aReplyOverTheLimitEndsTheConnection() throws Exception {
        WebSocketDialer dialer =
                WebSocketDialer.builder(start()).messageBytes(100).build();
        try (Dialer.Connection connection = dialer.dial(received)) {
            connection.send(new byte[100]);
            assertEquals(100, received.message().length);
            connection.send(new byte[101]);
            assertEquals("the server sent a message of more than 100 bytes", received.closed());
        }
    }

    @Test
    void theCallersArrayIsItsOwnAgainAfterSend() throws Exception {
        try (Dialer.Connection connection = WebSocketDialer.to(start()).dial(received)) {
            byte[] reused = new byte[1000];
            for (int i = 0; i < 100; i++) {
                Arrays.fill(reused, (byte) i);
                connection.send(reused);
            }
            for (int i = 0; i < 100; i++) {
                byte[] expected = new byte[1000];
                Arrays.fill(expected, (byte) i);
                assertArrayEquals(expected, received.message());
            }
        }
    }

    @Test
    void closingIsNotToldToTheOneWhoClosed() throws Exception {
        Dialer.Connection connection = WebSocketDialer.to(start()).dial(received);
        connection.send(new byte[1]);
        received.message();

        connection.close();
        connection.close();

        assertThrows(IOException.class, () -> connection.send(new byte[1]));
        for (int i = 0; i < 500 && echo.closed.get() == 0; i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertEquals(1, echo.closed.get());
        assertNull(received.closes.poll());
    }

    @Test
    void theServersDrainIsTold() throws Exception {
        Dialer.Connection connection = WebSocketDialer.to(start()).dial(received);
        connection.send(new byte[1]);
        received.message();

        assertTrue(transport.drain(Duration.ofSeconds(10)));

        assertEquals("the server closed it with 1001: the server is shutting down", received.closed());
        assertThrows(IOException.class, () -> connection.send(new byte[1]));
        assertNull(received.closes.poll(), "told once");
    }

    @Test
    void pingsKeepAnIdleConnectionOpen() throws Exception {
        WebSocketTransport impatient =
                WebSocketTransport.builder().idleMillis(4_000).sweepMillis(20).build();
        impatient.start(echo);
        // Both sides of the limit are seconds, so that a stall of the machine is not taken for silence.
        WebSocketDialer dialer = WebSocketDialer.builder(uri(impatient.address()))
                .pingInterval(Duration.ofMillis(1_500))
                .build();
        try (Dialer.Connection connection = dialer.dial(received)) {
            assertNull(received.closes.poll(6, TimeUnit.SECONDS));
            connection.send(new byte[] {7});
            assertArrayEquals(new byte[] {7}, received.message());
        }
        impatient.close();
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Socket> accepted = CompletableFuture.supplyAsync(() -> acceptUpgrade(server));
            WebSocketDialer dialer = WebSocketDialer.builder("ws://127.0.0.1:" + server.getLocalPort())
                    .pingInterval(Duration.ofMillis(100))
                    .build();

            dialer.dial(received);

            String why = received.closed();
            assertTrue(why.startsWith("nothing was heard for "), why);
            accepted.get(30, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void aServerThatVanishesIsTold() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Socket> accepted = CompletableFuture.supplyAsync(() -> acceptUpgrade(server));
            WebSocketDialer.to("ws://127.0.0.1:" + server.getLocalPort()).dial(received);

            accepted.get(30, TimeUnit.SECONDS).close();

            assertNotNull(received.closed());
        }
    }

    @Test
    void aRefusedHandshakeSaysWhatTheServerAnswered() {
        String elsewhere = start() + "/elsewhere";

        IOException refused = assertThrows(
                IOException.class, () -> WebSocketDialer.to(elsewhere).dial(received));

        assertTrue(refused.getMessage().endsWith("it answered HTTP 404"), refused.getMessage());
    }

    @Test
    void aPortNobodyListensOnIsUnreachable() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }

        IOException refused = assertThrows(
                IOException.class,
                () -> WebSocketDialer.to("ws://127.0.0.1:" + port).dial(received));

        assertTrue(refused.getMessage().endsWith("nothing listens there"), refused.getMessage());
    }

    @Test
    void aServerThatNeverAnswersIsUnreachableInTime() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            WebSocketDialer dialer = WebSocketDialer.builder("ws://127.0.0.1:" + server.getLocalPort())
                    .connectTimeout(Duration.ofMillis(100))
                    .build();

            IOException refused = assertThrows(IOException.class, () -> dialer.dial(received));

            assertTrue(refused.getMessage().endsWith("no answer within 100 ms"), refused.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "127.0.0.1:2346", "http://127.0.0.1", "ws:/nohost", "ws://a b", "ws://a/#b"})
    void anAddressOfSomethingElseIsRefused(String uri) {
        BayarException refused = assertThrows(BayarException.class, () -> WebSocketDialer.to(uri));
        assertTrue(refused.getMessage().contains("ws://127.0.0.1:2346"));
    }

    private String start() {
        transport.start(echo);
        return uri(transport.address());
    }

    private static String uri(InetSocketAddress address) {
        return "ws://127.0.0.1:" + address.getPort();
    }

    /** Answers the upgrade, and then nothing any more. */
    private static Socket acceptUpgrade(ServerSocket server) {
        try {
            Socket socket = server.accept();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
            }
            OpeningHandshake.Answer answer = new OpeningHandshake("/", new OriginPolicy(java.util.Set.of(), true))
                    .read(java.nio.ByteBuffer.wrap(head.toString().getBytes(UTF_8)));
            OutputStream out = socket.getOutputStream();
            out.write(answer == null ? new byte[0] : answer.response());
            return socket;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final class Received implements Dialer.Listener {
        final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
        final BlockingQueue<String> closes = new LinkedBlockingQueue<>();

        byte[] message() throws InterruptedException {
            byte[] message = messages.poll(30, TimeUnit.SECONDS);
            assertNotNull(message, "no message within 10 s");
            return message;
        }

        @Nullable
        String closed() throws InterruptedException {
            return closes.poll(30, TimeUnit.SECONDS);
        }

        @Override
        public void onMessage(byte[] message) {
            messages.add(message);
        }

        @Override
        public void onClose(String why) {
            closes.add(why);
        }
    }
}
