package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdIndexTest {
    private static final int ENTRIES = 300_000;

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
    void takesElevenToTwentyTwoBytesForEach() throws SQLException {
        IdIndex index = new IdIndex(0);
        Random random = new Random(seed);
        for (long sequence = 1; sequence <= ENTRIES; sequence++) {
            index.add(random.nextLong(), sequence);
            if (sequence > 100_000) {
                double each = (double) index.bytes() / sequence;
                assertTrue(each > 10 && each < 22.5, each + " bytes each at " + sequence + ", seed " + seed);
            }
        }
    }

    /** What is larger by a header takes twice the room where large arrays get whole regions. */
    @Test
    void aSegmentWithItsHeaderFillsAPowerOfTwo() {
        IdIndex index = new IdIndex(0);
        for (int doubled = 0; doubled < 6; doubled++) {
            for (long[] slots : index.segments()) {
                long bytes = 16 + 8L * slots.length;
                assertEquals(Long.highestOneBit(bytes), bytes);
            }
            for (long i = 0; i < 40_000; i++) {
                index.add(i << 54 | i, 1 + i);
            }
        }
        assertTrue(index.segments()[0].length > 200, "it has grown");
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
