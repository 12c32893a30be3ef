package bayar.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes one flat JSON object straight to bytes. Not thread-safe. */
final class JsonBytes {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_INTEGER = 20;
    /** A character takes at most three bytes for each of its chars, or six as an escape. */
    private static final int WORST_CHAR = 6;

    private byte[] bytes;
    private int size;
    private boolean needsComma;

    JsonBytes(int expectedBytes) {
        bytes = new byte[expectedBytes];
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** Forgets what was written, and keeps the room. */
    JsonBytes clear() {
        size = 0;
        needsComma = false;
        return this;
    }

    /** How much it can hold without growing. */
    int capacity() {
        return bytes.length;
    }

    JsonBytes open() {
        raw('{');
        needsComma = false;
        return this;
    }

    JsonBytes close() {
        raw('}');
        needsComma = true;
        return this;
    }

    /** Begins a member; its name is ASCII without anything to escape, quotes and colon included. */
    JsonBytes name(byte[] quotedNameAndColon) {
        reserve(quotedNameAndColon.length + 1);
        if (needsComma) {
            bytes[size++] = ',';
        }
        System.arraycopy(quotedNameAndColon, 0, bytes, size, quotedNameAndColon.length);
        size += quotedNameAndColon.length;
        needsComma = true;
        return this;
    }

    /** Begins a member whose name may be any text. */
    JsonBytes anyName(String name) {
        if (needsComma) {
            raw(',');
        }
        string(name);
        raw(':');
        needsComma = true;
        return this;
    }

    JsonBytes nothing() {
        return ascii("null");
    }

    JsonBytes bool(boolean value) {
        return ascii(value ? "true" : "false");
    }

    JsonBytes integer(long value) {
        if (value == Long.MIN_VALUE) {
            return ascii(Long.toString(value));
        }
        reserve(LONGEST_INTEGER);
        if (value < 0) {
            bytes[size++] = '-';
        }
        long left = Math.abs(value);
        int digits = 1;
        for (long rest = left / 10; rest > 0; rest /= 10) {
            digits++;
        }
        for (int at = size + digits - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + left % 10);
            left /= 10;
        }
        size += digits;
        return this;
    }

    /** Digits with zeros in front, this many. */
    JsonBytes padded(int value, int digits) {
        reserve(digits);
        int left = value;
        for (int at = size + digits - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + left % 10);
            left /= 10;
        }
        size += digits;
        return this;
    }

    JsonBytes raw(char ascii) {
        reserve(1);
        bytes[size++] = (byte) ascii;
        return this;
    }

    JsonBytes raw(byte[] ascii) {
        reserve(ascii.length);
        System.arraycopy(ascii, 0, bytes, size, ascii.length);
        size += ascii.length;
        return this;
    }

    /** A string; an unpaired surrogate in it becomes U+FFFD, since it cannot be said in UTF-8. */
    JsonBytes string(String text) {
        int length = text.length();
        reserve(length * WORST_CHAR + 2);
        bytes[size++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                i += multiByte(text, i);
            } else if (c < ' ' || c == 0x7f) {
                escape(c);
            } else {
                if (c == '"' || c == '\\') {
                    bytes[size++] = '\\';
                }
                bytes[size++] = (byte) c;
            }
        }
        bytes[size++] = '"';
        return this;
    }

    /** Writes the character that begins here; gives how many more chars than one it was made of. */
    private int multiByte(String text, int at) {
        int codePoint = text.codePointAt(at);
        if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
            codePoint = 0xfffd;
        }
        if (codePoint < 0x800) {
            bytes[size++] = (byte) (0xc0 | codePoint >> 6);
        } else {
            if (codePoint < 0x10000) {
                bytes[size++] = (byte) (0xe0 | codePoint >> 12);
            } else {
                bytes[size++] = (byte) (0xf0 | codePoint >> 18);
                bytes[size++] = (byte) (0x80 | codePoint >> 12 & 0x3f);
            }
            bytes[size++] = (byte) (0x80 | codePoint >> 6 & 0x3f);
        }
        bytes[size++] = (byte) (0x80 | codePoint & 0x3f);
        return Character.charCount(codePoint) - 1;
    }

    private void escape(char c) {
        bytes[size++] = '\\';
        bytes[size++] = 'u';
        bytes[size++] = '0';
        bytes[size++] = '0';
        bytes[size++] = HEX[c >> 4];
        bytes[size++] = HEX[c & 0xf];
    }

    private JsonBytes ascii(String text) {
        reserve(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[size++] = (byte) text.charAt(i);
        }
        return this;
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }

    /** A member's name as {@link #name} wants it. */
    static byte[] quoted(String name) {
        return ('"' + name + "\":").getBytes(StandardCharsets.US_ASCII);
    }
}
