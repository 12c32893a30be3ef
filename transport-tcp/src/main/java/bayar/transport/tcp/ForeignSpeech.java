package bayar.transport.tcp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the first bytes of a connection look like when the peer takes the port for that of another protocol. */
enum ForeignSpeech {
    NONE,
    /** The bytes so far are how one may begin. */
    PERHAPS,
    HTTP,
    TLS;

    private static final List<String> HTTP_METHODS =
            List.of("GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI ");

    /** A record of type handshake, a version 3.x, a length of two bytes, and a message of type ClientHello. */
    private static final int TLS_BYTES = 6;

    static ForeignSpeech of(ByteBuffer input) {
        ForeignSpeech tls = tls(input);
        if (tls != NONE) {
            return tls;
        }
        for (String method : HTTP_METHODS) {
            ForeignSpeech http = http(input, method);
            if (http != NONE) {
                return http;
            }
        }
        return NONE;
    }

    private static ForeignSpeech http(ByteBuffer input, String method) {
        int count = Math.min(method.length(), input.remaining());
        for (int i = 0; i < count; i++) {
            if (input.get(input.position() + i) != method.charAt(i)) {
                return NONE;
            }
        }
        return count == method.length() ? HTTP : PERHAPS;
    }

    private static ForeignSpeech tls(ByteBuffer input) {
        int at = input.position();
        int count = input.remaining();
        boolean differs = input.get(at) != 22
                || count > 1 && input.get(at + 1) != 3
                || count > 2 && (input.get(at + 2) < 0 || input.get(at + 2) > 4)
                || count >= TLS_BYTES && input.get(at + 5) != 1;
        if (differs) {
            return NONE;
        }
        return count >= TLS_BYTES ? TLS : PERHAPS;
    }

    /** What such a peer understands. */
    byte[] answer() {
        if (this == TLS) {
            // A record of type alert, TLS 1.2, two bytes: fatal, handshake_failure.
            return new byte[] {21, 3, 3, 0, 2, 2, 40};
        }
        String text = "This port takes payment messages in frames over plain TCP, not HTTP.\n";
        return ("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: " + text.length()
                        + "\r\nConnection: close\r\n\r\n" + text)
                .getBytes(StandardCharsets.US_ASCII);
    }
}
