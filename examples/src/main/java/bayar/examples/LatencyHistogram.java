package bayar.examples;

/**
 * Counts durations in buckets that are at most 1.6 % wide, from a nanosecond to hours, in 30 KiB. Not thread-safe.
 *
 * <p>A bucket is named by the position of the highest bit and the six bits behind it, as a floating-point number would
 * be.
 */
final class LatencyHistogram {
    private static final int BITS = 6;
    private static final int SUB_BUCKETS = 1 << BITS;

    private final long[] counts = new long[(Long.SIZE - BITS) * SUB_BUCKETS];
    private long total;

    void add(long nanos) {
        counts[bucket(Math.max(0, nanos))]++;
        total++;
    }

    void addAll(LatencyHistogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        total += other.total;
    }

    long total() {
        return total;
    }

    /** The duration that this share of all is not above, in nanoseconds; 0 when there are none. */
    long percentileNanos(double share) {
        long wanted = Math.max(1, (long) Math.ceil(total * share));
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return highest(i);
            }
        }
        return 0;
    }

    private static int bucket(long nanos) {
        if (nanos < SUB_BUCKETS) {
            return (int) nanos;
        }
        int shift = Long.SIZE - 1 - BITS - Long.numberOfLeadingZeros(nanos);
        return (shift + 1) * SUB_BUCKETS + (int) (nanos >>> shift) - SUB_BUCKETS;
    }

    private static long highest(int bucket) {
        if (bucket < SUB_BUCKETS) {
            return bucket;
        }
        int shift = bucket / SUB_BUCKETS - 1;
        return ((bucket % SUB_BUCKETS + SUB_BUCKETS + 1L) << shift) - 1;
    }
}
