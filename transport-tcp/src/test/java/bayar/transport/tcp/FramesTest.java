package bayar.transport.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import bayar.transport.nio.ManualClock;
import bayar.transport.nio.Waiting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What transports.md asks of TCP; the tests begin with the number of the requirement that they hold. */
class FramesTest {
    private final ManualClock clock = new ManualClock();
    private final List<AutoCloseable> opened = new ArrayList<>();

    private TcpTransport started(TcpTransport.Builder settings, MessageHandler handler) {
        TcpTransport transport =
                settings.loops(1).sweepMillis(5).nanoClock(clock).build();
        opened.add(transport);
        transport.start(handler);
        return transport;
    }

    private TcpTransport echo(Framing framing) {
        return started(TcpTransport.builder().framing(framing), Exchange::reply);
    }

    private Socket client(TcpTransport transport) throws IOException {
        Socket socket =
                new Socket(transport.address().getAddress(), transport.address().getPort());
        opened.add(socket);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        return socket;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private static byte[] frame(Framing framing, String message) {
        byte[] bytes = message.getBytes(UTF_8);
        return switch (framing) {
            case LENGTH4 ->
                ByteBuffer.allocate(4 + bytes.length)
                        .putInt(bytes.length)
                        .put(bytes)
                        .array();
            case LENGTH2 ->
                ByteBuffer.allocate(2 + bytes.length)
                        .putShort((short) bytes.length)
                        .put(bytes)
                        .array();
            case NEWLINE -> (message + "\n").getBytes(UTF_8);
        };
    }

    private static byte[] frames(Framing framing, List<String> messages) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        messages.forEach(message -> all.writeBytes(frame(framing, message)));
        return all.toByteArray();
    }

    /** Reads exactly the frames of these messages. */
    private static void assertFrames(Framing framing, List<String> messages, InputStream input) throws IOException {
        byte[] expected = frames(framing, messages);
        assertEquals(
                new String(expected, US_ASCII),
                new String(input.readNBytes(expected.length), US_ASCII),
                framing.toString());
    }

    /** All that the server has to say. */
    private static String untilEnd(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }

    private static String refusal(String message) {
        return "{\"id\":null,\"status\":\"rejected\",\"reason\":\"format_error\",\"money\":\"not_moved\",\"retry\":\"never\","
                + "\"message\":\"" + message + "\"}";
    }

    // T1, T3

    @ParameterizedTest
    @EnumSource
    void t1_eachFramingCarriesMessagesOfEveryLength(Framing framing) throws Exception {
        Socket socket = client(echo(framing));
        for (int length : new int[] {1, 2, 127, 128, 255, 256, 1000, 16_383, 16_384, 16_385, 40_000, 65_535}) {
            String message = "é".repeat(length / 2) + "x".repeat(length % 2);
            assertEquals(length, message.getBytes(UTF_8).length);
            socket.getOutputStream().write(frame(framing, message));
            assertFrames(framing, List.of(message), socket.getInputStream());
        }
    }

    @ParameterizedTest
    @EnumSource
    void t3_framesMaySplitAtEveryByte(Framing framing) throws Exception {
        List<String> messages = List.of("a", "two of them", "{\"id\":3}");
        byte[] bytes = frames(framing, messages);
        TcpTransport transport = echo(framing);
        for (int split = 1; split < bytes.length; split++) {
            Socket socket = client(transport);
            socket.getOutputStream().write(bytes, 0, split);
            Thread.yield();
            socket.getOutputStream().write(bytes, split, bytes.length - split);
            assertFrames(framing, messages, socket.getInputStream());
            socket.close();
        }
        Socket socket = client(transport);
        for (byte each : bytes) {
            socket.getOutputStream().write(each);
        }
        assertFrames(framing, messages, socket.getInputStream());
    }

    @ParameterizedTest
    @EnumSource
    void t3_framesMayMergeAndSplitAnyhow(Framing framing) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Socket socket = client(echo(framing));
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            messages.add("m" + "x".repeat(random.nextInt(i % 50 == 0 ? 60_000 : 300)) + i);
        }
        byte[] bytes = frames(framing, messages);
        Thread sender = new Thread(() -> {
            try {
                for (int at = 0; at < bytes.length; ) {
                    int count = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 10 : 40_000));
                    socket.getOutputStream().write(bytes, at, count);
                    at += count;
                }
            } catch (IOException e) {
                throw new AssertionError("seed " + seed, e);
            }
        });
        sender.start();
        assertArrayEquals(bytes, socket.getInputStream().readNBytes(bytes.length), "seed " + seed);
        sender.join();
    }

    @Test
    void t1_aCarriageReturnBeforeTheLineFeedIsDropped() throws Exception {
        Socket socket = client(echo(Framing.NEWLINE));
        socket.getOutputStream().write("one\r\n\r\n\ntwo\rand a half\r\r\n".getBytes(UTF_8));
        assertFrames(Framing.NEWLINE, List.of("one", "two\rand a half\r"), socket.getInputStream());
    }

    // T2

    @ParameterizedTest
    @EnumSource
    void t2_aMessageAsLongAsTheLimitPassesAndOneByteMoreDoesNot(Framing framing) throws Exception {
        TcpTransport transport = started(TcpTransport.builder().framing(framing).messageBytes(1000), Exchange::reply);
        Socket socket = client(transport);
        String longest = "x".repeat(1000);
        socket.getOutputStream().write(frame(framing, longest));
        socket.getOutputStream().write(frame(framing, longest + "x"));
        socket.getOutputStream().write(frame(framing, "never read"));
        assertFrames(
                framing,
                List.of(longest, refusal("frame of 1001 bytes is over the limit of 1000")),
                socket.getInputStream());
        assertEquals("", untilEnd(socket));
    }

    @Test
    void t2_anAnnouncedSizeIsRefusedFromItsPrefixAlone() throws Exception {
        TcpTransport transport = echo(Framing.LENGTH4);
        for (int announced : new int[] {65_537, 100_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            Socket socket = client(transport);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(4).putInt(announced).array());
            assertFrames(
                    Framing.LENGTH4,
                    List.of(refusal(
                            "frame of " + Integer.toUnsignedString(announced) + " bytes is over the limit of 65536")),
                    socket.getInputStream());
            assertEquals("", untilEnd(socket));
        }
    }

    @Test
    void t2_aLineIsRefusedWithoutALineFeedInSight() throws Exception {
        Socket socket = client(echo(Framing.NEWLINE));
        socket.getOutputStream().write("x".repeat(65_538).getBytes(UTF_8));
        assertFrames(
                Framing.NEWLINE,
                List.of(refusal("frame of 65538 bytes is over the limit of 65536")),
                socket.getInputStream());
        assertEquals("", untilEnd(socket));
    }

    @Test
    void t2_theErrorArrivesAlthoughThePeerGoesOnSending() throws Exception {
        Socket socket = client(echo(Framing.LENGTH4));
        byte[] much = new byte[200_000];
        ByteBuffer.wrap(much).putInt(2_000_000);
        for (int i = 0; i < 10; i++) {
            socket.getOutputStream().write(much);
        }
        assertFrames(
                Framing.LENGTH4,
                List.of(refusal("frame of 2000000 bytes is over the limit of 65536")),
                socket.getInputStream());
        assertEquals("", untilEnd(socket));
    }

    @Test
    void t2_theErrorComesAfterTheRepliesStillOwed() throws Exception {
        Queue<Exchange> held = new ConcurrentLinkedQueue<>();
        TcpTransport transport = started(TcpTransport.builder(), (exchange, message) -> held.add(exchange));
        Socket socket = client(transport);
        socket.getOutputStream().write(frames(Framing.LENGTH4, List.of("a", "b")));
        socket.getOutputStream().write(new byte[] {-1, -1, -1, -1});
        Waiting.until("both are there", () -> held.size() == 2);
        held.forEach(exchange -> exchange.reply("done".getBytes(UTF_8)));
        assertFrames(
                Framing.LENGTH4,
                List.of("done", "done", refusal("frame of 4294967295 bytes is over the limit of 65536")),
                socket.getInputStream());
        assertEquals("", untilEnd(socket));
    }

    // T4

    @ParameterizedTest
    @EnumSource
    void t4_aPartialFrameTimesOut(Framing framing) throws Exception {
        TcpTransport transport = started(
                TcpTransport.builder()
                        .framing(framing)
                        .partialMessageMillis(10_000)
                        .idleMillis(0),
                Exchange::reply);
        Socket slow = client(transport);
        Socket live = client(transport);
        byte[] frame = frame(framing, "a message that comes byte by byte");
        byte[] probe = frame(framing, "probe");
        boolean ended = false;
        for (int i = 0; i < 12 && !ended; i++) {
            try {
                slow.getOutputStream().write(frame[i]);
            } catch (SocketException reset) {
                ended = true;
            }
            live.getOutputStream().write(probe);
            assertFrames(framing, List.of("probe"), live.getInputStream());
            clock.advanceMillis(1_000);
        }
        assertEnds(slow);
        live.getOutputStream().write(frames(framing, List.of("probe", "after a long silence")));
        assertFrames(framing, List.of("probe", "after a long silence"), live.getInputStream());
    }

    private static void assertEnds(Socket socket) throws IOException {
        try {
            assertEquals(-1, socket.getInputStream().read());
        } catch (SocketException reset) {
            assertTrue(reset.getMessage().contains("reset"), reset.getMessage());
        }
    }

    @Test
    void t4_aFrameThatEndsInTimeStartsTheClockAnew() throws Exception {
        TcpTransport transport = started(TcpTransport.builder().partialMessageMillis(10_000), Exchange::reply);
        Socket socket = client(transport);
        byte[] two = frames(Framing.LENGTH4, List.of("first", "second"));
        socket.getOutputStream().write(two, 0, 3);
        for (int i = 0; i < 3; i++) {
            clock.advanceMillis(9_000);
            socket.getOutputStream().write(two, 3, two.length - 3);
            assertFrames(Framing.LENGTH4, List.of("first", "second"), socket.getInputStream());
            socket.getOutputStream().write(two, 0, 3);
        }
    }

    // T5

    @ParameterizedTest
    @EnumSource
    void t5_aHalfCloseStillDeliversTheReplies(Framing framing) throws Exception {
        Queue<Exchange> held = new ConcurrentLinkedQueue<>();
        TcpTransport transport =
                started(TcpTransport.builder().framing(framing), (exchange, message) -> held.add(exchange));
        List<String> replies = new ArrayList<>();
        List<String> requests = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            requests.add("request " + i);
            replies.add("reply");
        }
        Socket socket = client(transport);
        socket.getOutputStream().write(frames(framing, requests));
        socket.shutdownOutput();
        for (int i = 0; i < 1000; i++) {
            Waiting.until("another", () -> !held.isEmpty());
            held.remove().reply("reply".getBytes(UTF_8));
        }
        assertFrames(framing, replies, socket.getInputStream());
        assertEquals("", untilEnd(socket));
    }

    @ParameterizedTest
    @EnumSource
    void t5_aFrameCutOffByTheEndIsSaidToBeSo(Framing framing) throws Exception {
        Socket socket = client(echo(framing));
        socket.getOutputStream().write(frame(framing, "whole"));
        byte[] cut = frame(framing, "cut off");
        socket.getOutputStream().write(cut, 0, cut.length - 1);
        socket.shutdownOutput();
        assertFrames(
                framing, List.of("whole", refusal("the connection ended inside a frame")), socket.getInputStream());
        assertEquals("", untilEnd(socket));
    }

    @ParameterizedTest
    @EnumSource
    void whoBreaksTheFramingIsCountedOnceAndWhoEndsBetweenFramesIsNot(Framing framing) throws Exception {
        TcpTransport transport = started(TcpTransport.builder().framing(framing).messageBytes(1000), Exchange::reply);
        Socket polite = client(transport);
        polite.getOutputStream().write(frame(framing, "whole"));
        polite.shutdownOutput();
        untilEnd(polite);
        assertEquals(0, transport.status().broken());

        Socket tooLong = client(transport);
        tooLong.getOutputStream().write(frame(framing, "x".repeat(1001)));
        tooLong.shutdownOutput();
        untilEnd(tooLong);
        assertEquals(1, transport.status().broken());

        Socket cut = client(transport);
        byte[] frame = frame(framing, "cut off");
        cut.getOutputStream().write(frame, 0, frame.length - 1);
        cut.shutdownOutput();
        untilEnd(cut);
        assertEquals(2, transport.status().broken());
        assertEquals(3, transport.status().accepted());
        assertEquals("tcp", transport.status().name());
    }

    // T6

    @ParameterizedTest
    @EnumSource
    void t6_anEmptyFrameIsAKeepAlive(Framing framing) throws Exception {
        TcpTransport transport = started(TcpTransport.builder().framing(framing).idleMillis(60_000), Exchange::reply);
        Socket socket = client(transport);
        Socket probe = client(transport);
        for (int i = 0; i < 5; i++) {
            socket.getOutputStream().write(frame(framing, ""));
            probe.getOutputStream().write(frame(framing, "probe"));
            assertFrames(framing, List.of("probe"), probe.getInputStream());
            clock.advanceMillis(50_000);
        }
        socket.getOutputStream().write(frames(framing, List.of("", "", "still here", "")));
        assertFrames(framing, List.of("still here"), socket.getInputStream());
        socket.shutdownOutput();
        assertEquals("", untilEnd(socket));
    }

    // T7

    @ParameterizedTest
    @EnumSource
    void t7_httpGetsAnHttpAnswer(Framing framing) throws Exception {
        TcpTransport transport = echo(framing);
        for (String method : List.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE")) {
            Socket socket = client(transport);
            socket.getOutputStream().write((method + " /pay HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(US_ASCII));
            String answer = untilEnd(socket);
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
            assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void t7_tlsGetsAnAlert(Framing framing) throws Exception {
        byte[] hello = new byte[300];
        System.arraycopy(new byte[] {22, 3, 1, 1, 39, 1, 0, 1, 35, 3, 3}, 0, hello, 0, 11);
        TcpTransport transport = echo(framing);
        for (int split : new int[] {1, 2, 5, 6, 299}) {
            Socket socket = client(transport);
            socket.getOutputStream().write(hello, 0, split);
            socket.getOutputStream().write(hello, split, hello.length - split);
            assertArrayEquals(
                    new byte[] {21, 3, 3, 0, 2, 2, 40}, socket.getInputStream().readAllBytes());
        }
    }

    @Test
    void t7_messagesThatOnlyBeginLikeHttpAreMessages() throws Exception {
        Socket socket = client(echo(Framing.NEWLINE));
        socket.getOutputStream().write(frames(Framing.NEWLINE, List.of("GETTING", "GET / HTTP/1.1")));
        assertFrames(Framing.NEWLINE, List.of("GETTING", "GET / HTTP/1.1"), socket.getInputStream());
    }

    // What hostile peers send: the answer is known, the server goes on, and nothing is allocated for what is announced.

    record Hostile(String name, Framing framing, byte[] bytes, String answerHolds) {
        @Override
        public String toString() {
            return framing + " " + name;
        }
    }

    static List<Hostile> hostileBytes() {
        List<Hostile> table = new ArrayList<>();
        byte[] tls = {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3};
        for (Framing framing : Framing.values()) {
            table.add(new Hostile("nothing", framing, new byte[0], ""));
            table.add(new Hostile("tls", framing, tls, "("));
            table.add(new Hostile("http", framing, "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII), "400 Bad Request"));
            table.add(new Hostile("http/2", framing, "PRI * HTTP/2.0\r\n\r\nSM".getBytes(US_ASCII), "400 Bad Request"));
            table.add(new Hostile("half a method", framing, "GE".getBytes(US_ASCII), "ended inside a frame"));
        }
        for (int announced : new int[] {65_537, 1 << 24, Integer.MAX_VALUE, Integer.MIN_VALUE, -1, -65_536}) {
            byte[] prefix = ByteBuffer.allocate(4).putInt(announced).array();
            table.add(new Hostile("length " + announced, Framing.LENGTH4, prefix, "is over the limit of 65536"));
            table.add(new Hostile(
                    "length " + announced + " and bytes",
                    Framing.LENGTH4,
                    Arrays.copyOf(prefix, 500_000),
                    "is over the limit of 65536"));
        }
        byte[] text = "SSH-2.0-OpenSSH_9.2\r\n".getBytes(US_ASCII);
        table.add(new Hostile("ssh", Framing.LENGTH4, text, "frame of 1397966893 bytes is over"));
        table.add(new Hostile("ssh", Framing.LENGTH2, text, "ended inside a frame"));
        table.add(new Hostile("json without a frame", Framing.LENGTH4, "{\"id\":1}".getBytes(US_ASCII), "is over"));
        table.add(new Hostile("two bytes of four", Framing.LENGTH4, new byte[] {0, 0}, "ended inside a frame"));
        table.add(new Hostile("one byte of two", Framing.LENGTH2, new byte[] {9}, "ended inside a frame"));
        table.add(new Hostile("truncated", Framing.LENGTH4, new byte[] {0, 0, 1, 0, 65}, "ended inside a frame"));
        table.add(new Hostile("truncated", Framing.LENGTH2, new byte[] {-1, -1, 65}, "ended inside a frame"));
        table.add(new Hostile("no line feed", Framing.NEWLINE, new byte[70_000], "is over the limit of 65536"));
        table.add(new Hostile("no line feed, short", Framing.NEWLINE, new byte[70], "ended inside a frame"));
        table.add(new Hostile("a million keep-alives", Framing.LENGTH4, new byte[4_000_000], ""));
        table.add(new Hostile("a million keep-alives", Framing.LENGTH2, new byte[2_000_000], ""));
        table.add(new Hostile(
                "a million keep-alives", Framing.NEWLINE, "\n".repeat(1_000_000).getBytes(US_ASCII), ""));
        return table;
    }

    @ParameterizedTest
    @MethodSource("hostileBytes")
    void hostileBytesGetOneClearAnswerAndTheServerGoesOn(Hostile hostile) throws Exception {
        TcpTransport transport = echo(hostile.framing());
        Socket socket = client(transport);
        socket.getOutputStream().write(hostile.bytes());
        socket.shutdownOutput();
        String answer = untilEnd(socket);
        if (hostile.answerHolds().isEmpty()) {
            assertEquals("", answer);
        } else {
            assertTrue(answer.contains(hostile.answerHolds()), answer);
        }
        Socket next = client(transport);
        next.getOutputStream().write(frame(hostile.framing(), "still serving"));
        assertFrames(hostile.framing(), List.of("still serving"), next.getInputStream());
    }

    @Test
    void t2_whatIsAnnouncedIsNeverAllocated() throws Exception {
        Queue<Exchange> handled = new ConcurrentLinkedQueue<>();
        TcpTransport transport = started(TcpTransport.builder(), (exchange, message) -> handled.add(exchange));
        long before = usedBytes();
        for (int i = 0; i < 600; i++) {
            Socket patient = client(transport);
            patient.getOutputStream().write(new byte[] {0, 0, -1, -1, 1, 2, 3});
        }
        Socket probe = client(transport);
        probe.getOutputStream().write(frame(Framing.LENGTH4, "probe"));
        Waiting.until("all before it were read", () -> handled.size() == 1);
        long grown = usedBytes() - before;
        assertTrue(grown < 12_000_000, grown + " bytes for 600 connections that have announced 39 MB");
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void settingsThatCannotWorkAreRefused() {
        for (Runnable wrong : List.<Runnable>of(
                () -> TcpTransport.builder().port(65_536),
                () -> TcpTransport.builder().loops(0),
                () -> TcpTransport.builder().idleMillis(-1),
                () -> TcpTransport.builder().closeAtUnsentBytes(1000).build())) {
            BayarException refused = assertThrows(BayarException.class, wrong::run);
            assertTrue(refused.getMessage().matches(".*(65536|0|-1|1000).*"), refused.getMessage());
        }
        try (TcpTransport nowhere =
                TcpTransport.builder().host("no such host.invalid").build()) {
            BayarException refused = assertThrows(BayarException.class, () -> nowhere.start(Exchange::reply));
            assertTrue(refused.getMessage().contains("no such host.invalid"), refused.getMessage());
        }
        try (TcpTransport unstarted = TcpTransport.on(0)) {
            assertThrows(BayarException.class, unstarted::address);
            assertEquals("tcp", unstarted.name());
        }
    }
}
