package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import bayar.BayarException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of RFC 6455's opening handshake, for one connection: strict, at most 8 KiB, and every refusal a
 * proper HTTP response that says what is wrong. Extensions and subprotocols that a client offers are not taken up.
 *
 * <p>The request stays in the input until it is whole; each byte is looked at once while it arrives, so that what can
 * never become a request is refused at once.
 */
final class OpeningHandshake {
    static final int MAX_REQUEST_BYTES = 8 * 1024;

    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;
    private static final int KEY_CHARACTERS = 24;
    private static final int TLS_HANDSHAKE = 0x16;

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern TARGET = Pattern.compile("/[!-\"$-~]*");
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:\\d{1,5})?");
    private static final Set<String> AT_MOST_ONCE =
            Set.of("host", "origin", "sec-websocket-key", "sec-websocket-version", "content-length");

    private final String path;
    private final OriginPolicy origins;

    private int scanned;
    private int lineStart;
    private boolean isWhole;

    /**
     * The answer to a request.
     *
     * @param isAccepted whether frames follow
     * @param response what to send; empty when the peer speaks something that has no use for it
     * @param line its first line, for the log
     */
    record Answer(boolean isAccepted, byte[] response, String line) {}

    OpeningHandshake(String path, OriginPolicy origins) {
        this.path = path;
        this.origins = origins;
    }

    /** The answer once there can be one, else null. Takes the request from the input when it is accepted. */
    @Nullable
    Answer read(ByteBuffer input) {
        Answer refusal = scan(input);
        if (refusal != null || !isWhole) {
            return refusal;
        }
        byte[] request = new byte[lineStart];
        input.get(request);
        return answer(new String(request, ISO_8859_1));
    }

    /** Looks for the empty line, and for line endings other than CR LF on the way. */
    private @Nullable Answer scan(ByteBuffer input) {
        int start = input.position();
        int end = Math.min(input.remaining(), MAX_REQUEST_BYTES);
        while (scanned < end) {
            int i = scanned++;
            byte b = input.get(start + i);
            byte before = i == 0 ? 0 : input.get(start + i - 1);
            if (i == 0 && (b < 'A' || b > 'Z')) {
                return b == TLS_HANDSHAKE
                        ? new Answer(false, new byte[0], "TLS on a plain port")
                        : badRequest("This is not HTTP.");
            }
            if ((b == '\n') != (before == '\r')) {
                return badRequest("Lines must end in CR LF.");
            }
            if (b == '\n') {
                boolean isEmptyLine = i - lineStart == 1;
                lineStart = i + 1;
                if (isEmptyLine) {
                    isWhole = true;
                    return null;
                }
            }
        }
        if (scanned == MAX_REQUEST_BYTES) {
            return refusal(
                    "431 Request Header Fields Too Large",
                    "A handshake has at most " + MAX_REQUEST_BYTES + " bytes.",
                    "");
        }
        return null;
    }

    private Answer answer(String request) {
        // Without the empty line; a trailing empty string would be dropped by split anyway.
        String[] lines = request.split("\r\n");
        String[] words = lines[0].split(" ", -1);
        if (words.length != 3 || !TOKEN.matcher(words[0]).matches()) {
            return badRequest("The request line must be a method, a path and a version.");
        }
        if (!words[0].equals("GET")) {
            return refusal("405 Method Not Allowed", "A WebSocket handshake is a GET.", "Allow: GET\r\n");
        }
        if (!words[2].equals("HTTP/1.1")) {
            return refusal("505 HTTP Version Not Supported", "A WebSocket handshake is HTTP/1.1.", "");
        }
        if (!TARGET.matcher(words[1]).matches()) {
            return badRequest("The request line must name a path that begins with a slash.");
        }
        Map<String, List<String>> fields = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            String problem = readField(lines[i], fields);
            if (problem != null) {
                return badRequest(problem);
            }
        }
        return answer(words[1], fields);
    }

    private static @Nullable String readField(String line, Map<String, List<String>> fields) {
        int colon = line.indexOf(':');
        if (colon < 0 || !TOKEN.matcher(line.substring(0, colon)).matches()) {
            return "Each header line must be a name, a colon and a value; folded lines are not taken.";
        }
        String value = line.substring(colon + 1);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                return "A header has a control character.";
            }
        }
        String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
        List<String> values = fields.computeIfAbsent(name, absent -> new ArrayList<>(1));
        values.add(value.strip());
        return values.size() > 1 && AT_MOST_ONCE.contains(name) ? "The header " + name + " is there twice." : null;
    }

    private Answer answer(String target, Map<String, List<String>> fields) {
        String host = first(fields, "host");
        if (host == null || !HOST.matcher(host).matches()) {
            return badRequest("The header Host must name this host.");
        }
        String length = first(fields, "content-length");
        if (fields.containsKey("transfer-encoding") || length != null && !length.equals("0")) {
            return badRequest("A handshake has no body.");
        }
        int query = target.indexOf('?');
        if (!path.equals(query < 0 ? target : target.substring(0, query))) {
            return refusal("404 Not Found", "There is nothing at this path.", "");
        }
        if (!hasToken(fields, "upgrade", "websocket")) {
            return refusal(
                    "426 Upgrade Required",
                    "This is a WebSocket endpoint. Connect with a WebSocket client.",
                    "Upgrade: websocket\r\n");
        }
        if (!hasToken(fields, "connection", "upgrade")) {
            return badRequest("The header Connection must contain Upgrade.");
        }
        if (!"13".equals(first(fields, "sec-websocket-version"))) {
            return refusal(
                    "426 Upgrade Required",
                    "The header Sec-WebSocket-Version must be 13.",
                    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
        }
        String key = first(fields, "sec-websocket-key");
        if (key == null || !isKey(key)) {
            return badRequest("The header Sec-WebSocket-Key must be 16 bytes in Base64.");
        }
        String origin = first(fields, "origin");
        if (origin != null && !origins.permits(origin, host)) {
            return refusal("403 Forbidden", "Pages of this origin may not connect.", "");
        }
        String line = "101 Switching Protocols";
        String response = "HTTP/1.1 " + line + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept(key) + "\r\n\r\n";
        return new Answer(true, response.getBytes(US_ASCII), line);
    }

    private static @Nullable String first(Map<String, List<String>> fields, String name) {
        List<String> values = fields.get(name);
        return values == null ? null : values.get(0);
    }

    private static boolean hasToken(Map<String, List<String>> fields, String name, String token) {
        for (String value : fields.getOrDefault(name, List.of())) {
            for (String part : value.split(",")) {
                if (part.strip().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isKey(String key) {
        if (key.length() != KEY_CHARACTERS) {
            return false;
        }
        try {
            return Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + ACCEPT_SUFFIX).getBytes(US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new BayarException("this Java runtime has no SHA-1, which every one must have; use another", e);
        }
    }

    private static Answer badRequest(String text) {
        return refusal("400 Bad Request", text, "");
    }

    private static Answer refusal(String line, String text, String fields) {
        byte[] body = (text + "\n").getBytes(UTF_8);
        // An upgrade that is asked for must be named in Connection as well.
        String connection = fields.startsWith("Upgrade") ? "Upgrade, close" : "close";
        String head = "HTTP/1.1 " + line + "\r\n" + fields + "Connection: " + connection
                + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + body.length + "\r\n\r\n";
        ByteBuffer response = ByteBuffer.allocate(head.length() + body.length);
        response.put(head.getBytes(US_ASCII)).put(body);
        return new Answer(false, response.array(), line + ": " + text);
    }
}
