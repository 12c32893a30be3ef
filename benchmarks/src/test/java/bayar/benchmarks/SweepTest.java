package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** When a rate counts as kept up with. */
class SweepTest {
    @Test
    void aRateIsKeptWhileLessThanOneInAHundredIsLostAndAllButOneInAHundredAreQuick() {
        assertTrue(rate(10, 50, 0, 0).isKept());
        assertTrue(rate(10, 50, 4, 5).isKept());
        assertFalse(rate(10, 50, 5, 5).isKept());
        assertFalse(rate(10, 50, 10, 0).isKept());
        assertTrue(rate(9, 150, 0, 0).isKept());
        assertFalse(rate(20, 150, 0, 0).isKept());
    }

    @Test
    void whatIsNeverAnsweredIsNotKept() {
        Load.Figures none =
                new Load.Figures(1_000_000_000L, 0, new Histogram(1, 10_000_000_000L, 3), Map.of(), Map.of());
        assertFalse(new Sweep.Rate(1000, none).isKept());
    }

    /** A thousand in a second, of which {@code slow} take so many milliseconds. */
    private static Sweep.Rate rate(int slow, long slowMillis, long busy, long notSent) {
        Histogram latency = new Histogram(1, 10_000_000_000L, 3);
        latency.recordValueWithCount(1_000_000, 1000 - slow);
        latency.recordValueWithCount(slowMillis * 1_000_000, slow);
        return new Sweep.Rate(
                1000,
                new Load.Figures(
                        1_000_000_000L,
                        1000,
                        latency,
                        Map.of("busy/overloaded", busy),
                        Map.of(Load.NOT_SENT + "the server does not read", notSent)));
    }
}
