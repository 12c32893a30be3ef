package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdIndexTest {
    private static final int ENTRIES = 300_000;
    private static final long SLAB_BYTES = 256L * 2047 * Long.BYTES;
    private static final long SAME_HASH = 0x0123_4567_89ab_cdefL;

    private final long seed = new Random().nextLong();

    @Test
    void findsAllThatWasAddedWhileItGrew() throws SQLException {
        assertFindsAll(new IdIndex(0));
    }

    @Test
    void findsAllThatWasAddedToOneOfTheRightSize() throws SQLException {
        IdIndex index = new IdIndex(ENTRIES);
        long bytes = index.bytes();
        assertFindsAll(index);
        assertEquals(bytes, index.bytes(), "it had to grow, seed " + seed);
    }

    @Test
    void takesEighteenToNineteenBytesForEach() {
        IdIndex index = new IdIndex(0);
        Random random = new Random(seed);
        for (long sequence = 1; sequence <= 3_000_000; sequence++) {
            index.add(random.nextLong(), sequence);
            if (sequence > 2_000_000) {
                double slab = (double) SLAB_BYTES / sequence;
                double each = (double) index.bytes() / sequence;
                assertTrue(each > 18 && each < 18.5 + slab, each + " bytes each at " + sequence + ", seed " + seed);
            }
        }
    }

    /** All at once it would keep payments waiting, and the garbage collector copying. */
    @Test
    void growsBySlabsThatFillAPowerOfTwoWithTheirHeader() {
        IdIndex index = new IdIndex(0);
        Random random = new Random(seed);
        assertTrue(index.bytes() < 300_000, "a small ledger takes little");
        long before = index.bytes();
        long largest = 0;
        for (long sequence = 1; sequence <= 1_000_000; sequence++) {
            index.add(random.nextLong(), sequence);
            largest = Math.max(largest, index.bytes() - before);
            if (sequence == 30_000) {
                assertTrue(index.bytes() < 1_200_000, index.bytes() + " bytes for " + sequence);
            }
            before = index.bytes();
        }
        assertEquals(SLAB_BYTES, largest);
        long power = Long.highestOneBit(SLAB_BYTES) * 2;
        assertTrue(SLAB_BYTES + 16 <= power && SLAB_BYTES + 4096 > power, SLAB_BYTES + " of " + power);
    }

    @Test
    void findsWhatFoundNoPlaceInItsPageAlsoAfterPagesWereSplit() throws SQLException {
        IdIndex index = new IdIndex(0);
        int same = 5_000;
        for (long sequence = 1; sequence <= same; sequence++) {
            index.add(SAME_HASH, sequence);
        }
        Random random = new Random(seed);
        for (long sequence = same + 1; sequence <= ENTRIES; sequence++) {
            index.add(random.nextLong(), sequence);
        }
        for (long sequence = 1; sequence <= same; sequence++) {
            long expected = sequence;
            assertEquals(expected, index.find(SAME_HASH, found -> found == expected), "seed " + seed);
        }
        assertEquals(0, index.find(SAME_HASH, sequence -> sequence > same));
        assertEquals(0, index.find(~SAME_HASH, sequence -> sequence <= same));
    }

    @Test
    void keepsTheHighestSequenceNumber() throws SQLException {
        IdIndex index = new IdIndex(0);
        index.add(-1L, IdIndex.MAX_SEQUENCE);
        index.add(-1L, 1);
        assertEquals(IdIndex.MAX_SEQUENCE, index.find(-1L, sequence -> sequence > 1));
        assertEquals(1, index.find(-1L, sequence -> sequence == 1));
        assertEquals(0, index.find(-1L, sequence -> false));
    }

    private void assertFindsAll(IdIndex index) throws SQLException {
        Random random = new Random(seed);
        for (long sequence = 1; sequence <= ENTRIES; sequence++) {
            index.add(random.nextLong(), sequence);
        }
        random.setSeed(seed);
        for (long sequence = 1; sequence <= ENTRIES; sequence++) {
            long expected = sequence;
            long hash = random.nextLong();
            assertEquals(expected, index.find(hash, found -> found == expected), "seed " + seed);
        }
        int[] strangers = new int[1];
        for (int i = 0; i < ENTRIES; i++) {
            assertEquals(0, index.find(random.nextLong(), found -> {
                strangers[0]++;
                return false;
            }));
        }
        assertTrue(strangers[0] < 30, strangers[0] + " rows would have been read in vain, seed " + seed);
    }
}
