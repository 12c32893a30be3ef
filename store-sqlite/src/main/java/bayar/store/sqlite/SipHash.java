package bayar.store.sqlite;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of the principal's number, as eight little-endian bytes, followed by the
 * id. The key is made at random for each file, so clients cannot choose ids that collide.
 */
final class SipHash implements IdHash {
    static final int KEY_BYTES = 16;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long key0;
    private final long key1;

    SipHash(byte[] key) {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("a key of " + key.length + " bytes; it must be " + KEY_BYTES);
        }
        key0 = (long) LONGS.get(key, 0);
        key1 = (long) LONGS.get(key, 8);
    }

    @Override
    public long of(long principal, byte[] id) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;

        int whole = id.length & ~7;
        long last = (long) (id.length + 8) << 56;
        for (int i = whole; i < id.length; i++) {
            last |= (id[i] & 0xffL) << (8 * (i - whole));
        }

        // The words: the principal, the whole words of the id, what is left of it with the length, four empty rounds.
        for (int at = -8; at <= whole + 8; at += 8) {
            boolean finishing = at == whole + 8;
            long word = at < 0 ? principal : at < whole ? (long) LONGS.get(id, at) : finishing ? 0 : last;
            if (finishing) {
                v2 ^= 0xff;
            } else {
                v3 ^= word;
            }
            for (int round = finishing ? 4 : 2; round > 0; round--) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= word;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
