package bayar.auth;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * base64url as RFC 7515 means it: no padding, no other alphabet, no white space, and no bit set that stands for nothing,
 * so that every array of bytes has exactly one form. The JDK's decoder lets padding and stray bits pass.
 */
final class Base64Url {
    private static final byte[] VALUES = new byte[256];

    static {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < alphabet.length(); i++) {
            VALUES[alphabet.charAt(i)] = (byte) i;
        }
    }

    static byte[] encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encode(bytes);
    }

    /** What this part stands for, or null when it is not canonical. */
    static byte @Nullable [] decode(byte[] chars, int from, int to) {
        int tail = (to - from) & 3;
        if (tail == 1) {
            return null;
        }
        int endOfQuads = to - tail;
        byte[] bytes = new byte[(endOfQuads - from) / 4 * 3 + (tail == 0 ? 0 : tail - 1)];
        int size = 0;
        for (int i = from; i < endOfQuads; i += 4) {
            int bits = quad(chars, i);
            if (bits < 0) {
                return null;
            }
            bytes[size++] = (byte) (bits >> 16);
            bytes[size++] = (byte) (bits >> 8);
            bytes[size++] = (byte) bits;
        }
        if (tail == 2) {
            int bits = value(chars[endOfQuads]) << 6 | value(chars[endOfQuads + 1]);
            if (bits < 0 || (bits & 0xf) != 0) {
                return null;
            }
            bytes[size] = (byte) (bits >> 4);
        } else if (tail == 3) {
            int bits =
                    value(chars[endOfQuads]) << 12 | value(chars[endOfQuads + 1]) << 6 | value(chars[endOfQuads + 2]);
            if (bits < 0 || (bits & 0x3) != 0) {
                return null;
            }
            bytes[size++] = (byte) (bits >> 10);
            bytes[size] = (byte) (bits >> 2);
        }
        return bytes;
    }

    /** What the beginning of this part stands for, up to the first fault, in whole groups of four. */
    static byte[] decodeUntilFault(byte[] chars, int from, int to) {
        int end = from;
        while (end + 4 <= to && quad(chars, end) >= 0) {
            end += 4;
        }
        byte[] bytes = decode(chars, from, end);
        return bytes == null ? new byte[0] : bytes;
    }

    /** The 24 bits of four characters; negative when one of them is none of the alphabet. */
    private static int quad(byte[] chars, int at) {
        return value(chars[at]) << 18 | value(chars[at + 1]) << 12 | value(chars[at + 2]) << 6 | value(chars[at + 3]);
    }

    private static int value(byte c) {
        return VALUES[c & 0xff];
    }

    private Base64Url() {}
}
