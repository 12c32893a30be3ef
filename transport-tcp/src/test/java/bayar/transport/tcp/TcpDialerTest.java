package bayar.transport.tcp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.transport.Dialer;
import bayar.transport.Exchange;
import bayar.transport.nio.Waiting;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TcpDialerTest {
    private static final class Heard implements Dialer.Listener {
        final Queue<String> messages = new ConcurrentLinkedQueue<>();
        final Queue<String> closes = new ConcurrentLinkedQueue<>();

        @Override
        public void onMessage(byte[] message) {
            messages.add(new String(message, UTF_8));
        }

        @Override
        public void onClose(String why) {
            closes.add(why);
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfManySendersAllComeBack(Framing framing) throws Exception {
        try (TcpTransport transport = TcpTransport.builder().framing(framing).build()) {
            transport.start(Exchange::reply);
            Heard heard = new Heard();
            Dialer dialer = TcpDialer.builder("127.0.0.1", transport.address().getPort())
                    .framing(framing)
                    .build();
            try (Dialer.Connection connection = dialer.dial(heard)) {
                List<Thread> senders = new ArrayList<>();
                Set<String> expected = new HashSet<>();
                for (int sender = 0; sender < 8; sender++) {
                    List<String> own = new ArrayList<>();
                    for (int i = 0; i < 500; i++) {
                        own.add(sender + "/" + i + "x".repeat(i * sender));
                    }
                    expected.addAll(own);
                    senders.add(new Thread(() -> own.forEach(message -> sendTo(connection, message))));
                }
                senders.forEach(Thread::start);
                Waiting.until("all came back", () -> heard.messages.size() == 4000);
                assertEquals(expected, new HashSet<>(heard.messages));
            }
            assertEquals(List.of(), List.copyOf(heard.closes));
        }
    }

    private static void sendTo(Dialer.Connection connection, String message) {
        try {
            connection.send(message.getBytes(UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theEndOfTheServerIsToldOnceAndSendingFailsThen() throws Exception {
        Heard heard = new Heard();
        try (TcpTransport transport = TcpTransport.on(0)) {
            transport.start(Exchange::reply);
            Dialer.Connection connection =
                    TcpDialer.to("127.0.0.1", transport.address().getPort()).dial(heard);
            connection.send("a".getBytes(UTF_8));
            Waiting.until("it came back", () -> heard.messages.size() == 1);
            assertTrue(transport.drain(Duration.ofSeconds(10)));
            Waiting.until("the end was told", () -> heard.closes.size() == 1);
            assertThrows(IOException.class, () -> connection.send("b".getBytes(UTF_8)));
            connection.close();
            connection.close();
        }
        assertEquals(List.of("the server closed the connection"), List.copyOf(heard.closes));
    }

    @Test
    void theClientsOwnCloseIsNotTold() throws Exception {
        Heard heard = new Heard();
        AtomicReference<@Nullable Thread> reader = new AtomicReference<>();
        try (TcpTransport transport = TcpTransport.on(0)) {
            transport.start(Exchange::reply);
            Dialer.Connection connection = TcpDialer.builder(
                            "127.0.0.1", transport.address().getPort())
                    .threads(work -> {
                        reader.set(new Thread(work));
                        return reader.get();
                    })
                    .build()
                    .dial(heard);
            connection.close();
            Waiting.until("its thread ended", () -> !reader.get().isAlive());
            assertThrows(IOException.class, () -> connection.send("a".getBytes(UTF_8)));
        }
        assertEquals(List.of(), List.copyOf(heard.closes));
    }

    @Test
    void aServerThatCannotBeReachedIsAnIoException() throws Exception {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        int before = Waiting.descriptors();
        assertThrows(IOException.class, () -> TcpDialer.to("127.0.0.1", port).dial(new Heard()));
        assertThrows(
                IOException.class, () -> TcpDialer.to("no such host.invalid", 1).dial(new Heard()));
        assertThrows(BayarException.class, () -> TcpDialer.to("127.0.0.1", 0));
        Waiting.until("descriptors given back", () -> Waiting.descriptors() <= before);
    }

    @Test
    void aFrameOverTheLimitEndsTheConnection() throws Exception {
        Heard heard = new Heard();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpDialer.to("127.0.0.1", server.getLocalPort()).dial(heard);
            try (Socket accepted = server.accept()) {
                accepted.getOutputStream().write(new byte[] {0, 0, 0, 1, 'a', -1, -1, -1, -1});
                Waiting.until("the end was told", () -> heard.closes.size() == 1);
            }
        }
        assertEquals(List.of("a"), List.copyOf(heard.messages));
        assertTrue(heard.closes.element().contains("4294967295"), heard.closes.element());
    }

    @Test
    void aListenerThatThrowsEndsItsConnection() throws Exception {
        Queue<String> closes = new ConcurrentLinkedQueue<>();
        try (TcpTransport transport = TcpTransport.on(0)) {
            transport.start(Exchange::reply);
            Dialer.Connection connection = TcpDialer.to(
                            "127.0.0.1", transport.address().getPort())
                    .dial(new Dialer.Listener() {
                        @Override
                        public void onMessage(byte[] message) {
                            throw new IllegalStateException("thrown by a test");
                        }

                        @Override
                        public void onClose(String why) {
                            closes.add(why);
                        }
                    });
            connection.send("a".getBytes(UTF_8));
            Waiting.until("the end was told", () -> closes.size() == 1);
        }
    }

    @Test
    void aSenderWaitsWhileTheServerDoesNotReadAndCanBeInterrupted() throws Exception {
        Heard heard = new Heard();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Dialer.Connection connection =
                    TcpDialer.to("127.0.0.1", server.getLocalPort()).dial(heard);
            try (Socket accepted = server.accept()) {
                accepted.setReceiveBufferSize(4096);
                Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
                byte[] large = new byte[60_000];
                Runnable sending = () -> {
                    try {
                        for (int i = 0; i < 2_000; i++) {
                            connection.send(large);
                        }
                    } catch (IOException e) {
                        failures.add(e);
                    }
                };
                Thread writer = new Thread(sending);
                Thread waiter = new Thread(sending);
                writer.start();
                Waiting.until("the writer is stuck", () -> writer.getState() == Thread.State.RUNNABLE);
                waiter.start();
                Waiting.until(
                        "one waits for room",
                        () -> waiter.getState() == Thread.State.WAITING || writer.getState() == Thread.State.WAITING);
                (waiter.getState() == Thread.State.WAITING ? waiter : writer).interrupt();
                Waiting.until("it was interrupted", () -> failures.size() == 1);
                assertTrue(failures.element() instanceof InterruptedIOException, failures.toString());
                connection.close();
                Waiting.until("the other gave up", () -> failures.size() == 2);
                writer.join();
                waiter.join();
            }
        }
    }

    @Test
    void aLineFeedInALineIsRefusedBeforeItIsSent() throws Exception {
        try (TcpTransport transport =
                TcpTransport.builder().framing(Framing.NEWLINE).build()) {
            transport.start(Exchange::reply);
            try (Dialer.Connection connection = TcpDialer.builder(
                            "127.0.0.1", transport.address().getPort())
                    .framing(Framing.NEWLINE)
                    .build()
                    .dial(new Heard())) {
                BayarException refused =
                        assertThrows(BayarException.class, () -> connection.send("a\nb".getBytes(UTF_8)));
                assertTrue(refused.getMessage().contains("LENGTH4"), refused.getMessage());
            }
        }
    }
}
