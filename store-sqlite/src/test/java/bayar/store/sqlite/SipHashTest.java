package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.bouncycastle.crypto.macs.SipHash;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;

class SipHashTest {
    /** The example of the paper's appendix A: key 00 to 0f, message 00 to 0e. */
    @Test
    void givesThePublishedValue() {
        byte[] id = {8, 9, 10, 11, 12, 13, 14};
        assertEquals(0xa129ca6149be45e5L, new bayar.store.sqlite.SipHash(bytesFrom0(16)).of(0x0706050403020100L, id));
    }

    @Test
    void agreesWithAnotherImplementation() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int length = 0; length <= 70; length++) {
            byte[] key = new byte[16];
            byte[] id = new byte[length];
            random.nextBytes(key);
            random.nextBytes(id);
            long principal = random.nextLong();

            SipHash other = new SipHash();
            other.init(new KeyParameter(key));
            byte[] first = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(principal)
                    .array();
            other.update(first, 0, first.length);
            other.update(id, 0, id.length);
            assertEquals(
                    other.doFinal(),
                    new bayar.store.sqlite.SipHash(key).of(principal, id),
                    "seed " + seed + ", length " + length);
        }
    }

    private static byte[] bytesFrom0(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
