package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When more memory than the payments explain counts as growth. */
class SoakTest {
    private static final long MEGABYTE = 1 << 20;

    @Test
    void whatTheIndexOfIdsTakesIsNoGrowth() {
        assertFalse(Soak.heapGrows(80 * MEGABYTE, 80 * MEGABYTE + 18_500_000_000L, 1_000_000_000));
        assertTrue(Soak.heapGrows(80 * MEGABYTE, 80 * MEGABYTE + 19_500_000_000L, 1_000_000_000));
    }

    @Test
    void aFifthOfALargeHeapAndSixteenMegabytesOfASmallOneMayBeChance() {
        assertFalse(Soak.heapGrows(1_000 * MEGABYTE, 1_199 * MEGABYTE, 0));
        assertTrue(Soak.heapGrows(1_000 * MEGABYTE, 1_201 * MEGABYTE, 0));
        assertFalse(Soak.heapGrows(10 * MEGABYTE, 25 * MEGABYTE, 0));
        assertTrue(Soak.heapGrows(10 * MEGABYTE, 27 * MEGABYTE, 0));
    }
}
