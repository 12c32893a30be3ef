package bayar.transport.tcp;

import bayar.BayarException;
import bayar.transport.nio.Link;
import java.nio.ByteBuffer;

/** How messages are told apart in a stream of bytes; both ends must use the same. */
public enum Framing {
    /** Four bytes, big-endian, that count the message's bytes, then the message. */
    LENGTH4(4),
    /** Two bytes, big-endian, that count the message's bytes, then the message: the habit of ISO 8583 channels. */
    LENGTH2(2),
    /** The message, then one line feed; a carriage return before it is dropped. */
    NEWLINE(0);

    private final int prefixBytes;

    Framing(int prefixBytes) {
        this.prefixBytes = prefixBytes;
    }

    /** How many bytes before the message count it. */
    int prefixBytes() {
        return prefixBytes;
    }

    /** The longest message that can be framed. */
    int mostBytes() {
        return this == LENGTH2 ? 0xFFFF : Integer.MAX_VALUE - 8;
    }

    /** A message in its frame, ready to be read. */
    ByteBuffer frame(byte[] message) {
        requireFit(message);
        if (this == NEWLINE) {
            return ByteBuffer.allocate(message.length + 1)
                    .put(message)
                    .put((byte) '\n')
                    .flip();
        }
        ByteBuffer frame = ByteBuffer.allocate(prefixBytes + message.length);
        return announce(message.length, frame).put(message).flip();
    }

    /** Writes a message in its frame, without a copy of it where there is a prefix. */
    void write(byte[] message, Link link) {
        if (this == NEWLINE) {
            link.write(frame(message));
            return;
        }
        requireFit(message);
        link.write(announce(message.length, ByteBuffer.allocate(prefixBytes)).flip());
        link.write(ByteBuffer.wrap(message));
    }

    private void requireFit(byte[] message) {
        if (message.length > mostBytes()) {
            throw new BayarException("a message of " + message.length + " bytes does not fit a frame of " + this
                    + ", which takes at most " + mostBytes());
        }
        if (this == NEWLINE) {
            for (byte each : message) {
                if (each == '\n') {
                    throw new BayarException("a message with a line feed in it cannot go in a frame of NEWLINE;"
                            + " take the line feeds out, or choose LENGTH4");
                }
            }
        }
    }

    private ByteBuffer announce(int length, ByteBuffer frame) {
        return this == LENGTH4 ? frame.putInt(length) : frame.putShort((short) length);
    }

    /** The length that the prefix at the buffer's position announces, which is whole; unsigned. */
    long announcedBytes(ByteBuffer input) {
        return this == LENGTH4
                ? Integer.toUnsignedLong(input.getInt(input.position()))
                : Short.toUnsignedInt(input.getShort(input.position()));
    }
}
