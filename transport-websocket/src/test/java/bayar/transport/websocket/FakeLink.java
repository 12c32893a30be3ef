package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import bayar.transport.nio.Link;
import bayar.transport.nio.Protocol;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/** An event loop's side of one connection, without the loop: the test is the network, the handler and the clock. */
final class FakeLink implements Link {
    static final WebSocketLimits LIMITS = new WebSocketLimits(
            64 * 1024,
            1000,
            100,
            Duration.ofSeconds(10).toNanos(),
            Duration.ofSeconds(2).toNanos());

    record Message(int kind, byte[] bytes) {}

    final Protocol protocol;
    final List<Message> delivered = new ArrayList<>();
    final Queue<Message> unanswered = new ArrayDeque<>();
    boolean echoes = true;
    boolean isOpened;
    boolean isAnswering;
    boolean isEnding;
    boolean isClosed;
    int mayDeliver = Integer.MAX_VALUE;
    long nanos = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ByteBuffer input = ByteBuffer.allocate(0);

    FakeLink() {
        this(LIMITS);
    }

    FakeLink(WebSocketLimits limits) {
        protocol = new WebSocketProtocol(this, limits, new OpeningHandshake("/", new OriginPolicy(Set.of(), true)));
    }

    /** A link whose handshake is done. */
    static FakeLink open() {
        return open(LIMITS);
    }

    static FakeLink open(WebSocketLimits limits) {
        FakeLink link = new FakeLink(limits);
        link.receive(ClientFrames.upgrade().getBytes(ISO_8859_1));
        if (!link.isOpened) {
            throw new AssertionError(link.sentText());
        }
        link.out.reset();
        return link;
    }

    void receive(byte[]... parts) {
        byte[] bytes = ClientFrames.join(parts);
        byte[] all = Arrays.copyOf(
                Arrays.copyOfRange(input.array(), input.position(), input.limit()), input.remaining() + bytes.length);
        System.arraycopy(bytes, 0, all, input.remaining(), bytes.length);
        input = ByteBuffer.wrap(all);
        turn();
    }

    /** As the loop does when the connection may take messages again. */
    void turn() {
        if (!isAnswering && !isEnding && !isClosed) {
            protocol.onBytes(input);
        }
        while (echoes && !unanswered.isEmpty()) {
            answerOne();
        }
    }

    void answerOne() {
        Message message = unanswered.remove();
        if (!isEnding) {
            protocol.onReply(message.kind(), message.bytes());
        }
        drainIfAnswered();
    }

    /** The peer's FIN. */
    void end() {
        protocol.onEnd();
        isAnswering = true;
        drainIfAnswered();
    }

    private void drainIfAnswered() {
        if (isAnswering && !isEnding && unanswered.isEmpty()) {
            protocol.onDrain();
        }
    }

    void advance(Duration time) {
        nanos += time.toNanos();
        protocol.onTick(nanos);
    }

    int unread() {
        return input.remaining();
    }

    byte[] sent() {
        byte[] bytes = out.toByteArray();
        out.reset();
        return bytes;
    }

    String sentText() {
        return new String(sent(), ISO_8859_1);
    }

    List<String> sentFrames() {
        return ClientFrames.describe(sent());
    }

    @Override
    public String address() {
        return "ws:127.0.0.1:50412";
    }

    @Override
    public void opened() {
        isOpened = true;
    }

    @Override
    public void deliver(int kind, byte[] message) {
        mayDeliver--;
        delivered.add(new Message(kind, message));
        unanswered.add(new Message(kind, message));
    }

    @Override
    public boolean isPaused() {
        return mayDeliver <= 0;
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (isEnding || isClosed) {
            throw new AssertionError("written after the end");
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.writeBytes(copy);
    }

    @Override
    public long nowNanos() {
        return nanos;
    }

    @Override
    public void closeAfterReplies() {
        isAnswering = true;
        drainIfAnswered();
    }

    @Override
    public void closeAfterWrites() {
        isEnding = true;
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
