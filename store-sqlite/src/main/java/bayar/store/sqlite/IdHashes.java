package bayar.store.sqlite;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The blob in which a batch keeps the hashes of its payments' ids: eight big-endian bytes each, in sequence. */
final class IdHashes {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    static long get(byte[] blob, int index) {
        return (long) LONGS.get(blob, index * Long.BYTES);
    }

    static void put(byte[] blob, int index, long hash) {
        LONGS.set(blob, index * Long.BYTES, hash);
    }

    private IdHashes() {}
}
