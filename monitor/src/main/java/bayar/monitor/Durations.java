package bayar.monitor;

import java.util.Arrays;

/**
 * How long things took, in nanoseconds, to within three percent: each power of two is split into {@value #PARTS} equal
 * parts, and each part is counted. Not thread-safe.
 */
final class Durations {
    private static final int PARTS = 32;
    private static final int PART_BITS = 5;

    private final long[] counts = new long[(Long.SIZE - PART_BITS) * PARTS];
    private long count;
    private long longest;

    /** Adds one; a negative one counts as none. */
    void add(long nanos) {
        long value = Math.max(0, nanos);
        counts[place(value)]++;
        count++;
        longest = Math.max(longest, value);
    }

    private static int place(long value) {
        if (value < PARTS) {
            return (int) value;
        }
        int shift = Long.SIZE - 1 - PART_BITS - Long.numberOfLeadingZeros(value);
        return (shift << PART_BITS) + (int) (value >>> shift);
    }

    /** The largest value that is counted at this place. */
    private static long upTo(int place) {
        if (place < 2 * PARTS) {
            return place;
        }
        int shift = (place >>> PART_BITS) - 1;
        long part = place - ((long) shift << PART_BITS);
        return ((part + 1) << shift) - 1;
    }

    long count() {
        return count;
    }

    /** What so many of 100 were within; 0 when there was none. */
    long atPercentile(double percentile) {
        long wanted = (long) Math.ceil(count * percentile / 100);
        long seen = 0;
        for (int place = 0; place < counts.length && count > 0; place++) {
            seen += counts[place];
            if (seen >= wanted && seen > 0) {
                return Math.min(longest, upTo(place));
            }
        }
        return 0;
    }

    void clear() {
        Arrays.fill(counts, 0);
        count = 0;
        longest = 0;
    }
}
