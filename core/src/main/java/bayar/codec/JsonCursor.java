package bayar.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON tokens (RFC 8259) from UTF-8 bytes, strictly, one after the other, and never looks back. It keeps no stack:
 * its callers know how deep they are, and none goes deeper than two objects.
 *
 * <p>A method that cannot read what it is asked for returns false and leaves the {@link #fault()}; nothing more may be
 * read then. Not thread-safe.
 */
final class JsonCursor {
    private static final int END = -1;

    private final byte[] bytes;
    private final int start;
    private final int end;
    private int at;

    private int textFrom;
    private int textTo;
    private @Nullable String decoded;
    private long integer;
    private @Nullable String fault;

    JsonCursor(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.start = offset;
        this.at = offset;
        this.end = offset + length;
    }

    /** What is wrong, to be put behind the name of what was being read, or null. */
    @Nullable
    String fault() {
        return fault;
    }

    /** How many bytes have been read. */
    int position() {
        return at - start;
    }

    /** The next byte that is not white space, without reading it; negative at the end. */
    int peek() {
        while (at < end) {
            byte b = bytes[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b & 0xff;
            }
            at++;
        }
        return END;
    }

    /** Reads the one byte that {@link #peek} showed. */
    void skip() {
        at++;
    }

    /** Reads on to the value of the next member, whose name is the {@link #text} then; false behind the closing brace. */
    boolean nextMember(boolean isFirst) {
        int next = peek();
        if (next == '}') {
            at++;
            return false;
        }
        if (!isFirst) {
            if (next != ',') {
                return fail(next == END ? "ends too early" : "lacks a comma or a closing brace");
            }
            at++;
            next = peek();
        }
        if (next != '"') {
            return fail(next == END ? "ends too early" : "has something else where a name in double quotes belongs");
        }
        if (!string()) {
            return false;
        }
        if (peek() != ':') {
            return fail("lacks a colon behind a name");
        }
        at++;
        return true;
    }

    /** Reads a string, whose opening quote is next. */
    boolean string() {
        decoded = null;
        int from = ++at;
        while (at < end) {
            byte b = bytes[at];
            if (b == '"') {
                textFrom = from;
                textTo = at++;
                return true;
            }
            if (b < ' ' || b == '\\') {
                return stringWithMoreThanAscii(from);
            }
            at++;
        }
        return fail("is not closed");
    }

    /** The string that was read last. */
    String text() {
        return decoded != null ? decoded : new String(bytes, textFrom, textTo - textFrom, StandardCharsets.ISO_8859_1);
    }

    /** Whether the string that was read last is this one, which is ASCII. */
    boolean textIs(byte[] ascii) {
        return decoded != null
                ? decoded.equals(new String(ascii, StandardCharsets.ISO_8859_1))
                : Arrays.equals(bytes, textFrom, textTo, ascii, 0, ascii.length);
    }

    /** A char of the string that was read last. */
    char textAt(int index) {
        return decoded != null ? decoded.charAt(index) : (char) bytes[textFrom + index];
    }

    /** The length of the string that was read last, in chars. */
    int textLength() {
        return decoded != null ? decoded.length() : textTo - textFrom;
    }

    /** Reads an integer; one too large for a long becomes the nearest long. */
    boolean integer() {
        int from = at;
        boolean isNegative = at < end && bytes[at] == '-';
        if (isNegative) {
            at++;
        }
        int firstDigit = at;
        long value = 0;
        while (at < end && isDigit(bytes[at])) {
            int digit = bytes[at++] - '0';
            value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
        }
        if (at == firstDigit) {
            at = from;
            return fail("must be an integer, not " + kind(at < end ? bytes[at] & 0xff : END));
        }
        if (at < end && !endsNumber(bytes[at])) {
            return fail("must be an integer: digits alone, without decimals or exponent");
        }
        if (bytes[firstDigit] == '0' && (isNegative || at > firstDigit + 1)) {
            return fail("must be an integer without leading zeros");
        }
        integer = isNegative ? -value : value;
        return true;
    }

    /** The integer that was read last. */
    long integerValue() {
        return integer;
    }

    /** Reads this word, whose first letter is next. */
    boolean word(String word) {
        int length = word.length();
        if (end - at < length) {
            return fail("is cut off");
        }
        for (int i = 0; i < length; i++) {
            if (bytes[at + i] != word.charAt(i)) {
                return fail("is not JSON");
            }
        }
        at += length;
        return true;
    }

    /** What kind of value begins with this byte, for people. */
    static String kind(int first) {
        switch (first) {
            case '"':
                return "a string";
            case '{':
                return "an object";
            case '[':
                return "an array";
            case 't':
            case 'f':
                return "a boolean";
            case 'n':
                return "null";
            case END:
                return "nothing";
            default:
                return first == '-' || (first >= '0' && first <= '9') ? "a number" : "something that is not JSON";
        }
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static boolean endsNumber(byte b) {
        return b == ',' || b == '}' || b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private boolean fail(String what) {
        fault = what;
        return false;
    }

    private boolean stringWithMoreThanAscii(int from) {
        StringBuilder text = new StringBuilder(at - from + 32);
        for (int i = from; i < at; i++) {
            text.append((char) bytes[i]);
        }
        while (at < end) {
            byte b = bytes[at];
            if (b == '"') {
                at++;
                decoded = text.toString();
                return true;
            }
            boolean isRead;
            if (b == '\\') {
                isRead = escape(text);
            } else if (b < 0) {
                isRead = multiByte(text);
            } else if (b < ' ') {
                isRead = fail("holds a control character");
            } else {
                text.append((char) b);
                at++;
                isRead = true;
            }
            if (!isRead) {
                return false;
            }
        }
        return fail("is not closed");
    }

    private boolean escape(StringBuilder text) {
        int kind = at + 1 < end ? bytes[at + 1] : END;
        int plain = "\"\\/bfnrt".indexOf(kind);
        if (plain >= 0) {
            text.append("\"\\/\b\f\n\r\t".charAt(plain));
            at += 2;
            return true;
        }
        int unit = hexUnit();
        if (unit < 0) {
            return fail("has an escape that is not JSON");
        }
        at += 6;
        if (!Character.isSurrogate((char) unit)) {
            text.append((char) unit);
            return true;
        }
        int low = hexUnit();
        if (low < 0 || !Character.isSurrogatePair((char) unit, (char) low)) {
            return fail("has an unpaired surrogate");
        }
        text.append((char) unit).append((char) low);
        at += 6;
        return true;
    }

    /** The unit that the six bytes of an escape such as {@code \u0041} stand for, or negative when they do not. */
    private int hexUnit() {
        if (end - at < 6 || bytes[at] != '\\' || bytes[at + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + 6; i++) {
            int c = bytes[i];
            int digit = c < 0 ? -1 : Character.digit(c, 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** Reads one character of two to four bytes; refuses overlong forms, surrogates and what is above U+10FFFF. */
    private boolean multiByte(StringBuilder text) {
        int lead = bytes[at] & 0xff;
        int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        int least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
        if (lead < 0xc0 || lead > 0xf4 || end - at <= more) {
            return fail("is not valid UTF-8");
        }
        int codePoint = lead & (0x3f >> more);
        for (int i = 1; i <= more; i++) {
            int next = bytes[at + i] & 0xff;
            if ((next & 0xc0) != 0x80) {
                return fail("is not valid UTF-8");
            }
            codePoint = codePoint << 6 | next & 0x3f;
        }
        boolean isSurrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        if (codePoint < least || isSurrogate || codePoint > Character.MAX_CODE_POINT) {
            return fail("is not valid UTF-8");
        }
        text.appendCodePoint(codePoint);
        at += more + 1;
        return true;
    }
}
