package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    @Test
    void tellsPercentilesToWithinTheWidthOfABucket() {
        LatencyHistogram histogram = new LatencyHistogram();
        for (int micros = 1; micros <= 1000; micros++) {
            histogram.add(micros * 1000L);
        }

        assertEquals(1000, histogram.total());
        assertEquals(500_000, histogram.percentileNanos(0.5), 500_000 * 0.016);
        assertEquals(990_000, histogram.percentileNanos(0.99), 990_000 * 0.016);
        assertTrue(histogram.percentileNanos(1) >= 1_000_000);
    }

    @Test
    void holdsEveryDurationInABucketThatIsNotBelowIt() {
        for (long nanos = 0; nanos < 100_000; nanos++) {
            assertHolds(nanos);
        }
        for (int bit = 0; bit < Long.SIZE - 1; bit++) {
            assertHolds(1L << bit);
            assertHolds((1L << bit) - 1);
        }
        assertHolds(Long.MAX_VALUE);
    }

    @Test
    void tellsZeroWhenThereIsNothing() {
        assertEquals(0, new LatencyHistogram().percentileNanos(0.99));
    }

    private static void assertHolds(long nanos) {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.add(nanos);
        long told = histogram.percentileNanos(1);
        assertTrue(told >= nanos && told - nanos <= nanos / 64, nanos + " is told as " + told);
    }
}
