package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DurationsTest {
    @Test
    void percentilesAreRightToWithinThreePercent() {
        Random random = new Random(20261123);
        for (int round = 0; round < 200; round++) {
            Durations durations = new Durations();
            long[] values = new long[1 + random.nextInt(500)];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextLong() >>> (1 + random.nextInt(62));
                durations.add(values[i]);
            }
            Arrays.sort(values);
            for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
                long exact = values[(int) Math.ceil(values.length * percentile / 100) - 1];
                long told = durations.atPercentile(percentile);
                assertTrue(told >= exact && told - exact <= exact / 31, exact + " is told as " + told);
            }
            assertEquals(values[values.length - 1], durations.atPercentile(100));
            durations.clear();
            assertEquals(0, durations.count());
            assertEquals(0, durations.atPercentile(50));
        }
    }

    @Test
    void theLeastAndTheMostHaveTheirPlace() {
        Durations durations = new Durations();
        durations.add(-1);
        durations.add(Long.MAX_VALUE);
        assertEquals(0, durations.atPercentile(50));
        assertEquals(Long.MAX_VALUE, durations.atPercentile(100));
    }
}
