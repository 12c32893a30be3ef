package bayar.transport.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.enums.Opcode;
import org.java_websocket.enums.Role;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.framing.BinaryFrame;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.framing.Framedata;
import org.java_websocket.framing.TextFrame;
import org.jspecify.annotations.Nullable;

/**
 * Finds messages and control frames in a client's bytes, and puts ours into bytes. The frames themselves are
 * {@link Draft_6455}'s work; this is the strict door before it.
 *
 * <p>Draft_6455 is given one frame at a time, when all of it has arrived and its header has been found good: masked, no
 * reserved bit, a known opcode at its place in the sequence, a length in its shortest form and within what the message
 * may still take. So it never sees what it does not check (the mask, the size over middle fragments, the end of a
 * character, the payload of a CLOSE), never allocates what a header merely claims, and never holds a part of a frame:
 * bytes that are not a whole frame yet stay in the input.
 *
 * <p>Two things that Draft_6455 does byte by byte, and that would cost several times all the rest, are done here eight
 * bytes at a time: the mask is taken off in the input itself, which leaves a frame that Draft_6455 takes as well; and text
 * goes to it as if it were binary, for it is checked here.
 */
final class MessageReader {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int MASKED = 0x80;
    private static final int MASK_BYTES = 4;
    private static final int OPCODE = 0x0f;
    private static final int LENGTH = 0x7f;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final int LONGEST_LENGTH_7 = 125;
    private static final byte[] NOTHING = {};
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final WebSocketLimits limits;
    private final Draft_6455 draft;
    private final Utf8 utf8 = new Utf8();

    /** The opcode of the message whose fragments are arriving, or CONTINUATION when none is. */
    private int unfinished = CONTINUATION;

    private byte[] joined = NOTHING;
    private int joinedBytes;
    private int fragments;

    MessageReader(WebSocketLimits limits) {
        this.limits = limits;
        this.draft = new Draft_6455(List.of(), limits.messageBytes());
        draft.setParseMode(Role.SERVER);
    }

    /** Whether a message has begun whose last fragment has not arrived. */
    boolean isInMessage() {
        return unfinished != CONTINUATION;
    }

    /**
     * The next message, whole and with its fragments joined, or the next control frame; null when more bytes are needed.
     * The payload is an array of its own, at offset 0.
     *
     * @param input a heap buffer at array offset 0; what was read of it is spoilt
     * @throws InvalidDataException if the bytes break RFC 6455 or a limit, with the code to close with
     */
    @Nullable
    Framedata next(ByteBuffer input) throws InvalidDataException {
        Framedata frame = nextFrame(input);
        while (frame != null && isFragment(frame)) {
            Framedata message = join(frame);
            if (message != null) {
                return message;
            }
            frame = nextFrame(input);
        }
        if (frame != null && frame.getOpcode() == Opcode.TEXT) {
            byte[] text = frame.getPayloadData().array();
            if (!Utf8.isValid(text, 0, text.length)) {
                throw notUtf8();
            }
        }
        return frame;
    }

    /** A message as the bytes of one frame. */
    ByteBuffer message(Opcode kind, byte[] payload) {
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        return draft.createBinaryFrame(kind == Opcode.TEXT ? text(bytes, true) : binary(bytes));
    }

    /** A control frame as bytes. */
    ByteBuffer control(Framedata frame) {
        return draft.createBinaryFrame(frame);
    }

    private static boolean isFragment(Framedata frame) {
        return !frame.isFin() || frame.getOpcode() == Opcode.CONTINUOUS;
    }

    private @Nullable Framedata nextFrame(ByteBuffer input) throws InvalidDataException {
        int frameBytes = checkedFrameBytes(input);
        if (input.remaining() < frameBytes) {
            return null;
        }
        int limit = input.limit();
        input.limit(input.position() + frameBytes);
        takeMaskOff(input);
        int first = input.get(input.position());
        int opcode = first & OPCODE;
        if (opcode == CLOSE) {
            checkClose(input.array(), input.position() + 2, input.limit());
        } else if (opcode == TEXT) {
            input.put(input.position(), (byte) (first ^ TEXT ^ BINARY));
        }
        Framedata frame = draft.translateFrame(input).get(0);
        input.limit(limit);
        return opcode == TEXT ? text(frame.getPayloadData(), frame.isFin()) : frame;
    }

    private static Framedata binary(ByteBuffer payload) {
        BinaryFrame frame = new BinaryFrame();
        frame.setPayload(payload);
        return frame;
    }

    private static Framedata text(ByteBuffer payload, boolean isLast) {
        TextFrame frame = new TextFrame();
        frame.setPayload(payload);
        frame.setFin(isLast);
        return frame;
    }

    /** Makes the frame that the input holds, and no more than it, a frame without a mask. */
    private static void takeMaskOff(ByteBuffer input) {
        byte[] bytes = input.array();
        int start = input.position();
        int end = input.limit();
        int length = bytes[start + 1] & LENGTH;
        int maskAt = start + 2 + (length == LENGTH_16 ? Short.BYTES : length == LENGTH_64 ? Long.BYTES : 0);
        int payloadAt = maskAt + MASK_BYTES;
        long twice = (int) INTS.get(bytes, maskAt) & 0xffff_ffffL;
        long mask = twice << Integer.SIZE | twice;
        int i = payloadAt;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ mask);
        }
        for (; i < end; i++) {
            bytes[i] ^= bytes[maskAt + (i - payloadAt) % MASK_BYTES];
        }
        bytes[start + 1] = (byte) length;
        // The header moves up to the payload, over the mask.
        System.arraycopy(bytes, start, bytes, start + MASK_BYTES, maskAt - start);
        input.position(start + MASK_BYTES);
    }

    /** How many bytes the frame at the front has, header included; more than there are when that is not known yet. */
    private int checkedFrameBytes(ByteBuffer input) throws InvalidDataException {
        int start = input.position();
        int available = input.remaining();
        if (available < 2) {
            return 2;
        }
        int first = input.get(start) & 0xff;
        int second = input.get(start + 1) & 0xff;
        int opcode = first & OPCODE;
        boolean isLast = (first & FIN) != 0;
        int length = second & LENGTH;
        if ((first & RESERVED) != 0) {
            throw violation("a reserved bit is set");
        }
        if ((second & MASKED) == 0) {
            throw violation("a client must mask its frames");
        }
        if (opcode == CLOSE || opcode == PING || opcode == PONG) {
            if (!isLast) {
                throw violation("a control frame must not be fragmented");
            }
            if (length > LONGEST_LENGTH_7) {
                throw violation("a control frame has at most 125 bytes");
            }
            return 2 + MASK_BYTES + length;
        }
        if (opcode > BINARY) {
            throw violation("unknown opcode " + opcode);
        }
        if (opcode == CONTINUATION && !isInMessage()) {
            throw violation("a continuation of nothing");
        }
        if (opcode != CONTINUATION && isInMessage()) {
            throw violation("a new message within the fragments of another");
        }
        if (fragments == limits.fragments()) {
            throw new InvalidDataException(
                    CloseFrame.TOOBIG, "a message has at most " + limits.fragments() + " fragments");
        }
        int headerBytes = 2 + MASK_BYTES;
        long payloadBytes = length;
        if (length == LENGTH_16) {
            headerBytes += Short.BYTES;
            if (available < 2 + Short.BYTES) {
                return headerBytes;
            }
            payloadBytes = input.getShort(start + 2) & 0xffff;
            if (payloadBytes <= LONGEST_LENGTH_7) {
                throw violation("a length must be in its shortest form");
            }
        } else if (length == LENGTH_64) {
            headerBytes += Long.BYTES;
            if (available < 2 + Long.BYTES) {
                return headerBytes;
            }
            payloadBytes = input.getLong(start + 2);
            // With its highest bit set it is no length at all, and less than any.
            if (payloadBytes <= 0xffff) {
                throw violation("a length must be in its shortest form, and positive");
            }
        }
        if (payloadBytes > limits.messageBytes() - joinedBytes) {
            throw new InvalidDataException(
                    CloseFrame.TOOBIG, "a message has at most " + limits.messageBytes() + " bytes");
        }
        return headerBytes + (int) payloadBytes;
    }

    /** Checks what Draft_6455 gets wrong; the code it knows. */
    private static void checkClose(byte[] bytes, int from, int to) throws InvalidDataException {
        if (from == to) {
            return;
        }
        if (to - from == 1) {
            throw violation("a CLOSE has no payload, or a code of two bytes");
        }
        if (!Utf8.isValid(bytes, from + 2, to)) {
            throw notUtf8();
        }
    }

    private @Nullable Framedata join(Framedata fragment) throws InvalidDataException {
        if (!isInMessage()) {
            unfinished = fragment.getOpcode() == Opcode.TEXT ? TEXT : BINARY;
        }
        fragments++;
        byte[] payload = fragment.getPayloadData().array();
        if (joinedBytes + payload.length > joined.length) {
            int grown = Math.max(joinedBytes + payload.length, Math.min(joined.length * 2, limits.messageBytes()));
            joined = Arrays.copyOf(joined, grown);
        }
        System.arraycopy(payload, 0, joined, joinedBytes, payload.length);
        joinedBytes += payload.length;
        if (unfinished == TEXT && !utf8.accept(payload, 0, payload.length)) {
            throw notUtf8();
        }
        if (!fragment.isFin()) {
            return null;
        }
        if (!utf8.isComplete()) {
            throw notUtf8();
        }
        ByteBuffer whole = ByteBuffer.wrap(Arrays.copyOf(joined, joinedBytes));
        boolean isText = unfinished == TEXT;
        unfinished = CONTINUATION;
        joined = NOTHING;
        joinedBytes = 0;
        fragments = 0;
        return isText ? text(whole, true) : binary(whole);
    }

    private static InvalidDataException violation(String what) {
        return new InvalidDataException(CloseFrame.PROTOCOL_ERROR, what);
    }

    private static InvalidDataException notUtf8() {
        return new InvalidDataException(CloseFrame.NO_UTF8, "text must be UTF-8");
    }
}
