package bayar.transport.websocket;

import bayar.transport.nio.Link;
import bayar.transport.nio.Protocol;
import java.nio.ByteBuffer;
import org.java_websocket.enums.Opcode;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.framing.Framedata;
import org.java_websocket.framing.PingFrame;
import org.java_websocket.framing.PongFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's side of one WebSocket connection.
 *
 * <p>A connection ends by one of two roads. The peer sends CLOSE, or breaks a rule: nothing it sends is looked at any
 * more, the replies to what was read before still go out for as long as a CLOSE may take, then it gets its CLOSE, with a
 * code that says why. Or we drain: our CLOSE goes out, and the peer's is awaited.
 */
final class WebSocketProtocol implements Protocol {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketProtocol.class);
    private static final int KIND_TEXT = 1;
    private static final int KIND_BINARY = 2;
    private static final int PINGS_ANSWERED_AT_ONCE = 16;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private enum State {
        /** The request for the upgrade has not been read yet. */
        HANDSHAKE,
        OPEN,
        /** Nothing more is read; replies are still owed. */
        ANSWERING,
        /** Our CLOSE is out and the peer's awaited. */
        CLOSING,
        /** Nothing more goes in or out. */
        DONE
    }

    private final Link link;
    private final WebSocketLimits limits;
    private final OpeningHandshake handshake;
    private final MessageReader reader;

    private State state = State.HANDSHAKE;
    /** The CLOSE to send once nothing is owed; null when the peer ended its stream without one. */
    private @Nullable CloseFrame farewell;

    private long closeByNanos;
    /** Whether {@link #messageByNanos} holds for a message of which fragments were read. */
    private boolean isMessageTimed;

    private long messageByNanos;
    private long pingSecondStart;
    private int pingsInSecond;
    private int pingsInTurn;
    private @Nullable Framedata pendingPing;

    WebSocketProtocol(Link link, WebSocketLimits limits, OpeningHandshake handshake) {
        this.link = link;
        this.limits = limits;
        this.handshake = handshake;
        this.reader = new MessageReader(limits);
    }

    @Override
    public void onBytes(ByteBuffer input) {
        if (state == State.HANDSHAKE) {
            openWith(handshake.read(input));
        }
        pingsInTurn = 0;
        try {
            if (state == State.OPEN) {
                readMessages(input);
            }
            if (state == State.CLOSING) {
                awaitClose(input);
            }
        } catch (InvalidDataException violation) {
            fail(violation.getCloseCode(), violation.getMessage());
        }
        answerPendingPing();
        if (state == State.ANSWERING || state == State.DONE) {
            input.position(input.limit());
        }
    }

    private void openWith(OpeningHandshake.@Nullable Answer answer) {
        if (answer == null) {
            return;
        }
        if (answer.response().length > 0) {
            link.write(ByteBuffer.wrap(answer.response()));
        }
        if (answer.isAccepted()) {
            pingSecondStart = link.nowNanos();
            state = State.OPEN;
            link.opened();
        } else {
            LOG.debug("{}: handshake refused, closing: {}", link.address(), answer.line());
            link.broken();
            finish();
        }
    }

    private void readMessages(ByteBuffer input) throws InvalidDataException {
        while (state == State.OPEN && !link.isPaused()) {
            Framedata next = reader.next(input);
            if (next == null) {
                timeMessage();
                return;
            }
            switch (next.getOpcode()) {
                case TEXT -> deliver(KIND_TEXT, next);
                case BINARY -> deliver(KIND_BINARY, next);
                case PING -> onPing(next);
                case PONG -> countPing();
                default -> onClose((CloseFrame) next);
            }
        }
        // While the connection is paused, it is we who keep the message waiting.
        isMessageTimed = false;
    }

    /** Fragments that were read are gone from the input, so that the loop does not see how long a message takes. */
    private void timeMessage() {
        if (reader.isInMessage() && !isMessageTimed) {
            messageByNanos = link.nowNanos() + limits.messageNanos();
        }
        isMessageTimed = reader.isInMessage();
    }

    private void deliver(int kind, Framedata message) {
        isMessageTimed = false;
        link.deliver(kind, message.getPayloadData().array());
    }

    private void onPing(Framedata ping) throws InvalidDataException {
        countPing();
        pendingPing = ping;
        // A peer that sends pings faster than it is read gets a pong for the newest of them alone.
        if (pingsInTurn++ < PINGS_ANSWERED_AT_ONCE) {
            answerPendingPing();
        }
    }

    private void answerPendingPing() {
        if (pendingPing != null && (state == State.OPEN || state == State.ANSWERING)) {
            link.write(reader.control(new PongFrame((PingFrame) pendingPing)));
        }
        pendingPing = null;
    }

    private void countPing() throws InvalidDataException {
        long now = link.nowNanos();
        if (now - pingSecondStart >= SECOND_NANOS) {
            pingSecondStart = now;
            pingsInSecond = 0;
        }
        if (++pingsInSecond > limits.pingsPerSecond()) {
            throw new InvalidDataException(
                    CloseFrame.POLICY_VALIDATION, "at most " + limits.pingsPerSecond() + " pings a second");
        }
    }

    private void onClose(CloseFrame close) {
        endWith(close(close.getCloseCode(), ""));
    }

    private void endWith(CloseFrame close) {
        farewell = close;
        state = State.ANSWERING;
        closeByNanos = link.nowNanos() + limits.closeNanos();
        link.closeAfterReplies();
    }

    private void sayFarewell() {
        answerPendingPing();
        if (farewell != null) {
            link.write(reader.control(farewell));
        }
        finish();
    }

    private void awaitClose(ByteBuffer input) throws InvalidDataException {
        Framedata next = reader.next(input);
        while (next != null) {
            if (next.getOpcode() == Opcode.CLOSING) {
                finish();
                return;
            }
            next = reader.next(input);
        }
    }

    private void fail(int code, @Nullable String why) {
        LOG.debug("{}: closing with {}: {}", link.address(), code, why);
        if (state == State.OPEN) {
            link.broken();
            endWith(close(code, why == null ? "" : why));
        } else {
            // Our CLOSE is out; another must not follow.
            finish();
        }
    }

    private void finish() {
        state = State.DONE;
        link.closeAfterWrites();
    }

    @Override
    public void onEnd() {
        if (state == State.OPEN) {
            state = State.ANSWERING;
        } else if (state != State.ANSWERING) {
            finish();
        }
    }

    @Override
    public void onReply(int kind, byte[] reply) {
        if (state == State.OPEN || state == State.ANSWERING) {
            link.write(reader.message(kind == KIND_TEXT ? Opcode.TEXT : Opcode.BINARY, reply));
        }
    }

    @Override
    public void onDrain() {
        if (state == State.OPEN) {
            link.write(reader.control(close(CloseFrame.GOING_AWAY, "the server is shutting down")));
            state = State.CLOSING;
            closeByNanos = link.nowNanos() + limits.closeNanos();
        } else if (state == State.ANSWERING) {
            sayFarewell();
        }
    }

    @Override
    public void onTick(long nowNanos) {
        if (state == State.OPEN && isMessageTimed && nowNanos - messageByNanos > 0) {
            fail(CloseFrame.POLICY_VALIDATION, "a message took too long to arrive");
        } else if (state == State.ANSWERING && farewell != null && nowNanos - closeByNanos > 0) {
            sayFarewell();
        } else if (state == State.CLOSING && nowNanos - closeByNanos > 0) {
            finish();
        }
    }

    private static CloseFrame close(int code, String reason) {
        CloseFrame frame = new CloseFrame();
        frame.setReason(reason);
        frame.setCode(code);
        return frame;
    }
}
