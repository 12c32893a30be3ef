package bayar.transport.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks that bytes which arrive in pieces are UTF-8, as RFC 3629 has it: no overlong forms, no surrogates. */
final class Utf8 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private int missing;
    private int lowest;
    private int highest;

    /** Whether all these bytes are UTF-8. */
    static boolean isValid(byte[] bytes, int from, int to) {
        Utf8 check = new Utf8();
        return check.accept(bytes, from, to) && check.isComplete();
    }

    /** Takes the next bytes; false when no continuation could make them UTF-8. */
    boolean accept(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (missing == 0) {
                i = skipAscii(bytes, i, to);
                if (i == to) {
                    return true;
                }
            }
            if (!accept(bytes[i++] & 0xff)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the bytes so far do not end within a character. */
    boolean isComplete() {
        return missing == 0;
    }

    private boolean accept(int b) {
        if (missing > 0) {
            if (b < lowest || b > highest) {
                return false;
            }
            missing--;
            lowest = 0x80;
            highest = 0xbf;
            return true;
        }
        lowest = 0x80;
        highest = 0xbf;
        if (b < 0x80) {
            return true;
        }
        if (b < 0xc2 || b > 0xf4) {
            return false;
        }
        if (b < 0xe0) {
            missing = 1;
        } else if (b < 0xf0) {
            missing = 2;
            // The second byte keeps overlong forms and surrogates out.
            lowest = b == 0xe0 ? 0xa0 : 0x80;
            highest = b == 0xed ? 0x9f : 0xbf;
        } else {
            missing = 3;
            // As above, and nothing beyond U+10FFFF.
            lowest = b == 0xf0 ? 0x90 : 0x80;
            highest = b == 0xf4 ? 0x8f : 0xbf;
        }
        return true;
    }

    private static int skipAscii(byte[] bytes, int from, int to) {
        int i = from;
        while (i + Long.BYTES <= to && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
            i += Long.BYTES;
        }
        while (i < to && bytes[i] >= 0) {
            i++;
        }
        return i;
    }
}
