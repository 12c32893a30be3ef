package bayar.codec;

import bayar.AccountId;
import bayar.Operation;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a message that is broken, or not verified, says of itself: proven by nobody, and good for nothing but its own
 * refusal.
 *
 * @param id the first valid id of the outermost object, or null when there is none to be seen
 * @param isInquiry whether it says that it only asks
 * @param expiresAtSeconds its deadline, in seconds since 1970; {@link Long#MAX_VALUE} when there is none to be seen
 */
public record Claims(@Nullable String id, boolean isInquiry, long expiresAtSeconds) {
    /** How far is looked, in bytes. */
    public static final int MAX_BYTES = 8_192;

    private static final int MAX_VALUE_BYTES = 64;
    private static final int MAX_SECONDS_DIGITS = 12;

    /**
     * Reads them. Follows the quotes and the braces alone, so it gets past most faults; looks at the first {@value
     * #MAX_BYTES} bytes, goes through them once, and never throws.
     */
    public static Claims read(byte[] bytes, int offset, int length) {
        Scan scan = new Scan(bytes, offset + Math.min(length, MAX_BYTES));
        scan.run(offset);
        return new Claims(scan.id, scan.isInquiry, scan.expiresAtSeconds);
    }

    private static final class Scan {
        private final byte[] bytes;
        private final int end;
        private @Nullable String id;
        private boolean isInquiry;
        private long expiresAtSeconds = Long.MAX_VALUE;

        Scan(byte[] bytes, int end) {
            this.bytes = bytes;
            this.end = end;
        }

        void run(int from) {
            int depth = 0;
            boolean awaitsName = false;
            for (int at = from; at < end; at++) {
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
                            return;
                        }
                        break;
                    case ',':
                        awaitsName = true;
                        break;
                    case '"':
                        int close = closingQuote(at + 1);
                        if (awaitsName && depth == 1) {
                            member(at + 1, close);
                        }
                        awaitsName = false;
                        at = close;
                        break;
                    default:
                        break;
                }
            }
        }

        private int closingQuote(int from) {
            int at = from;
            while (at < end && bytes[at] != '"') {
                at += bytes[at] == '\\' ? 2 : 1;
            }
            return Math.min(at, end);
        }

        private void member(int from, int close) {
            if (is("id", from, close)) {
                String text = id == null ? text(close + 1) : null;
                id = text != null && AccountId.isValid(text) ? text : id;
            } else if (is("type", from, close)) {
                isInquiry = Operation.INQUIRY.code().equals(text(close + 1));
            } else if (is("exp", from, close)) {
                expiresAtSeconds = seconds(close + 1);
            }
        }

        private boolean is(String name, int from, int to) {
            if (to - from != name.length()) {
                return false;
            }
            for (int i = 0; i < name.length(); i++) {
                if (bytes[from + i] != name.charAt(i)) {
                    return false;
                }
            }
            return true;
        }

        private @Nullable String text(int from) {
            int at = valueAt(from);
            if (at >= end || bytes[at] != '"') {
                return null;
            }
            int close = closingQuote(at + 1);
            int length = close - at - 1;
            return close >= end || length > MAX_VALUE_BYTES
                    ? null
                    : new String(bytes, at + 1, length, StandardCharsets.ISO_8859_1);
        }

        private long seconds(int from) {
            int begin = valueAt(from);
            long value = 0;
            int at = begin;
            while (at < end && at - begin < MAX_SECONDS_DIGITS && bytes[at] >= '0' && bytes[at] <= '9') {
                value = value * 10 + bytes[at] - '0';
                at++;
            }
            // One that goes on to the end may have been cut.
            return at == begin || at == end ? Long.MAX_VALUE : value;
        }

        /** Where the value begins that follows a name; the end when none does. */
        private int valueAt(int from) {
            int colon = skipSpace(from);
            return colon < end && bytes[colon] == ':' ? skipSpace(colon + 1) : end;
        }

        private int skipSpace(int from) {
            int at = from;
            while (at < end && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n')) {
                at++;
            }
            return at;
        }
    }
}
