package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A client's bytes, made by hand so that they can be wrong, and a server's bytes in words. */
final class ClientFrames {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;
    static final int NOT_LAST = 0x100;
    static final byte[] MASK = {0x12, (byte) 0xa4, 0x5b, (byte) 0xf7};

    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private ClientFrames() {}

    /** A good request for the upgrade. */
    static String upgrade(String... moreLines) {
        return "GET / HTTP/1.1\r\nHost: localhost:2346\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: " + KEY + "\r\nSec-WebSocket-Version: 13\r\n"
                + String.join("", moreLines) + "\r\n";
    }

    static byte[] text(String text) {
        return frame(TEXT, text.getBytes(UTF_8));
    }

    static byte[] close(int code, String reason) {
        return frame(CLOSE, closePayload(code, reason.getBytes(UTF_8)));
    }

    static byte[] closePayload(int code, byte[] reason) {
        return ByteBuffer.allocate(2 + reason.length)
                .putShort((short) code)
                .put(reason)
                .array();
    }

    /** A masked frame; {@code opcode} with NOT_LAST, and with reserved bits, as 0x40, 0x20, 0x10. */
    static byte[] frame(int opcode, byte[] payload) {
        int lengthBytes = payload.length < 126 ? 0 : payload.length < 0x10000 ? 2 : 8;
        return frame(opcode, payload.length, lengthBytes, true, payload);
    }

    /** Any frame, with the length it claims, written in 0, 2 or 8 more bytes. */
    static byte[] frame(int opcode, long claimed, int lengthBytes, boolean masked, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        frame.put((byte) ((opcode & NOT_LAST) != 0 ? opcode & 0x7f : opcode | 0x80));
        int short7 = lengthBytes == 0 ? (int) claimed : lengthBytes == 2 ? 126 : 127;
        frame.put((byte) (masked ? short7 | 0x80 : short7));
        if (lengthBytes == 2) {
            frame.putShort((short) claimed);
        } else if (lengthBytes == 8) {
            frame.putLong(claimed);
        }
        if (masked) {
            frame.put(MASK);
        }
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (masked ? payload[i] ^ MASK[i % 4] : payload[i]));
        }
        frame.flip();
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** A server's frames, such as {@code text Hello}, {@code pong }, {@code close 1002}; fails on what a server must not send. */
    static List<String> describe(byte[] serverBytes) {
        List<String> frames = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(serverBytes);
        while (in.hasRemaining()) {
            int first = in.get() & 0xff;
            int second = in.get() & 0xff;
            if ((first & 0xf0) != 0x80 || (second & 0x80) != 0) {
                throw new AssertionError("a server's frames are whole here and never masked: " + first + " " + second);
            }
            int length = second == 126 ? in.getShort() & 0xffff : second == 127 ? (int) in.getLong() : second;
            byte[] payload = new byte[length];
            in.get(payload);
            frames.add(
                    switch (first & 0x0f) {
                        case TEXT -> "text " + shorten(new String(payload, UTF_8));
                        case BINARY -> "binary " + shorten(hex(payload));
                        case PONG -> "pong " + shorten(new String(payload, UTF_8));
                        case CLOSE ->
                            length == 0
                                    ? "close"
                                    : "close " + (ByteBuffer.wrap(payload).getShort() & 0xffff);
                        default -> "opcode " + (first & 0x0f);
                    });
        }
        return frames;
    }

    /** Long payloads by length and content, so that a difference shows and the words stay short. */
    static String shorten(String text) {
        return text.length() <= 130 ? text : text.length() + " characters, hash " + text.hashCode();
    }

    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            text.append(Character.forDigit(b >> 4 & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
        }
        return text.toString();
    }
}
