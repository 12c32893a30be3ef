package bayar.codec;

import bayar.AccountId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a request's id in a message that is broken or not verified, so that the answer can carry it. What it finds
 * is good for nothing else: it was proven by nobody.
 *
 * <p>It follows the quotes and the braces alone, so it gets past most faults; it looks at the first
 * {@value #MAX_BYTES} bytes, goes through them once, and never throws.
 */
public final class IdReader {
    /** How far it looks, in bytes. */
    public static final int MAX_BYTES = 8_192;

    private static final int MAX_ID_BYTES = 64;

    /** The first valid id of the outermost object, or null when there is none to be seen. */
    public static @Nullable String read(byte[] bytes, int offset, int length) {
        int end = offset + Math.min(length, MAX_BYTES);
        int depth = 0;
        boolean awaitsName = false;
        for (int at = offset; at < end; at++) {
            switch (bytes[at]) {
                case '{':
                case '[':
                    depth++;
                    awaitsName = true;
                    break;
                case '}':
                case ']':
                    depth--;
                    if (depth <= 0) {
                        return null;
                    }
                    break;
                case ',':
                    awaitsName = true;
                    break;
                case '"':
                    int close = closingQuote(bytes, at + 1, end);
                    if (awaitsName && depth == 1 && isIdName(bytes, at + 1, close)) {
                        String id = value(bytes, close + 1, end);
                        if (id != null) {
                            return id;
                        }
                    }
                    awaitsName = false;
                    at = close;
                    break;
                default:
                    break;
            }
        }
        return null;
    }

    private static int closingQuote(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && bytes[at] != '"') {
            at += bytes[at] == '\\' ? 2 : 1;
        }
        return Math.min(at, end);
    }

    private static boolean isIdName(byte[] bytes, int from, int to) {
        return to - from == 2 && bytes[from] == 'i' && bytes[from + 1] == 'd';
    }

    private static @Nullable String value(byte[] bytes, int from, int end) {
        int at = skipSpace(bytes, from, end);
        if (at >= end || bytes[at] != ':') {
            return null;
        }
        at = skipSpace(bytes, at + 1, end);
        if (at >= end || bytes[at] != '"') {
            return null;
        }
        int close = closingQuote(bytes, at + 1, end);
        int length = close - at - 1;
        if (close >= end || length > MAX_ID_BYTES) {
            return null;
        }
        String id = new String(bytes, at + 1, length, StandardCharsets.ISO_8859_1);
        return AccountId.isValid(id) ? id : null;
    }

    private static int skipSpace(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n')) {
            at++;
        }
        return at;
    }

    private IdReader() {}
}
