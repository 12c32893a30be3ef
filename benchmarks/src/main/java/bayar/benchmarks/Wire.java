package bayar.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * One connection's framing, as a load generator needs it and no more: it trusts the server, so it is no example of a
 * client. The sending and the receiving half may be used by one thread each.
 */
interface Wire {
    /** {@link #next}: more bytes are needed. */
    int INCOMPLETE = -1;

    /** {@link #next}: the server closes the connection. */
    int CLOSED = -2;

    /** The most bytes that a frame adds. */
    int MAX_OVERHEAD = 16;

    /** What is sent before anything else; may be nothing. */
    byte[] greeting();

    /** Whether the server's answer to the greeting, if it owes one, has been {@linkplain #next seen}. */
    boolean isOpen();

    /** Puts {@code message} with its frame into {@code out}, which has {@value #MAX_OVERHEAD} bytes more room than it. */
    void frame(byte[] bytes, int offset, int length, ByteBuffer out);

    /**
     * Looks for the next message in {@code in}, a buffer on an array.
     *
     * @return its length when it is there whole, with {@code in} at its first byte; else {@link #INCOMPLETE} or {@link
     *     #CLOSED}
     * @throws IllegalStateException if the server breaks the protocol
     */
    int next(ByteBuffer in);

    /** TCP with a 4-byte length before each message. */
    final class Length4 implements Wire {
        @Override
        public byte[] greeting() {
            return new byte[0];
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void frame(byte[] bytes, int offset, int length, ByteBuffer out) {
            out.putInt(length).put(bytes, offset, length);
        }

        @Override
        public int next(ByteBuffer in) {
            if (in.remaining() < Integer.BYTES || in.remaining() - Integer.BYTES < in.getInt(in.position())) {
                return INCOMPLETE;
            }
            return in.getInt();
        }
    }

    /** WebSocket text messages, masked as a client must. */
    final class WebSocket implements Wire {
        private static final int OPCODE_TEXT = 1;
        private static final int OPCODE_BINARY = 2;
        private static final int OPCODE_CLOSE = 8;
        private static final int FINAL = 0x80;
        private static final int MASKED = 0x80;
        private static final int LENGTH_IN_2_BYTES = 126;
        private static final int LENGTH_IN_8_BYTES = 127;

        private final String host;
        private final SplittableRandom masks;
        private boolean open;

        WebSocket(String host, long seed) {
            this.host = host;
            this.masks = new SplittableRandom(seed);
        }

        @Override
        public byte[] greeting() {
            // Any 16 bytes will do as the key, since the answer to it is not checked.
            return ("GET / HTTP/1.1\r\nHost: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void frame(byte[] bytes, int offset, int length, ByteBuffer out) {
            out.put((byte) (FINAL | OPCODE_TEXT));
            if (length < LENGTH_IN_2_BYTES) {
                out.put((byte) (MASKED | length));
            } else if (length <= 0xffff) {
                out.put((byte) (MASKED | LENGTH_IN_2_BYTES)).putShort((short) length);
            } else {
                out.put((byte) (MASKED | LENGTH_IN_8_BYTES)).putLong(length);
            }
            int mask = masks.nextInt();
            out.putInt(mask);
            int begin = out.position();
            out.put(bytes, offset, length);
            int end = out.position();
            int i = begin;
            long mask8 = (mask & 0xffff_ffffL) << 32 | (mask & 0xffff_ffffL);
            for (; i + Long.BYTES <= end; i += Long.BYTES) {
                out.putLong(i, out.getLong(i) ^ mask8);
            }
            for (; i < end; i++) {
                out.put(i, (byte) (out.get(i) ^ mask >>> (24 - 8 * ((i - begin) & 3))));
            }
        }

        @Override
        public int next(ByteBuffer in) {
            if (!open && !handshakeAnswered(in)) {
                return INCOMPLETE;
            }
            while (in.remaining() >= 2) {
                int begin = in.position();
                int opcode = in.get(begin) & 0x0f;
                int length = in.get(begin + 1) & 0x7f;
                int header = 2;
                if (length == LENGTH_IN_2_BYTES) {
                    header = 4;
                    if (in.remaining() < header) {
                        return INCOMPLETE;
                    }
                    length = in.getShort(begin + 2) & 0xffff;
                } else if (length == LENGTH_IN_8_BYTES) {
                    header = 10;
                    if (in.remaining() < header) {
                        return INCOMPLETE;
                    }
                    length = Math.toIntExact(in.getLong(begin + 2));
                }
                if (in.remaining() < header + length) {
                    return INCOMPLETE;
                }
                in.position(begin + header);
                if (opcode == OPCODE_TEXT || opcode == OPCODE_BINARY) {
                    return length;
                }
                if (opcode == OPCODE_CLOSE) {
                    return CLOSED;
                }
                // A ping, left unanswered: our next message shows as well that we live.
                in.position(begin + header + length);
            }
            return INCOMPLETE;
        }

        private boolean handshakeAnswered(ByteBuffer in) {
            String head = new String(in.array(), in.position(), in.remaining(), StandardCharsets.ISO_8859_1);
            int end = head.indexOf("\r\n\r\n");
            if (end < 0) {
                return false;
            }
            if (!head.startsWith("HTTP/1.1 101")) {
                throw new IllegalStateException("the server refused the WebSocket: "
                        + head.lines().findFirst().orElse(""));
            }
            in.position(in.position() + end + 4);
            open = true;
            return true;
        }
    }
}
