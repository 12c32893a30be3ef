package bayar.monitor;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Counts values in a few fixed buckets: two additions for each, from any thread. Thread-safe. */
final class Histogram {
    /** For what takes microseconds. */
    static final List<Long> QUICK_NANOS = List.of(
            micros(1),
            micros(2),
            micros(5),
            micros(10),
            micros(25),
            micros(50),
            micros(100),
            micros(250),
            micros(500),
            micros(1_000),
            micros(5_000),
            micros(25_000),
            micros(100_000),
            micros(1_000_000));

    /** For what waits for a disk, a queue or somebody outside. */
    static final List<Long> SLOW_NANOS = List.of(
            micros(100),
            micros(250),
            micros(500),
            micros(1_000),
            micros(2_500),
            micros(5_000),
            micros(10_000),
            micros(25_000),
            micros(50_000),
            micros(100_000),
            micros(250_000),
            micros(1_000_000),
            micros(5_000_000),
            micros(30_000_000));

    /** For how many do something together. */
    static final List<Long> SIZES = List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1024L, 2048L, 4096L);

    private final long[] bounds;
    private final LongAdder[] counts;
    private final LongAdder sum = new LongAdder();

    /** @param bounds the largest value of each bucket but the last, which takes whatever is more */
    Histogram(List<Long> bounds) {
        this.bounds = bounds.stream().mapToLong(Long::longValue).toArray();
        this.counts = new LongAdder[bounds.size() + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    private static long micros(long micros) {
        return TimeUnit.MICROSECONDS.toNanos(micros);
    }

    void record(long value) {
        int bucket = 0;
        while (bucket < bounds.length && value > bounds[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        sum.add(value);
    }

    /** How many values there were. */
    long count() {
        long count = 0;
        for (LongAdder bucket : counts) {
            count += bucket.sum();
        }
        return count;
    }

    /** All values together. */
    long sum() {
        return sum.sum();
    }

    /** The largest value of each bucket but the last. */
    long[] bounds() {
        return bounds.clone();
    }

    /** How many values fell in each bucket; one more than {@link #bounds}. */
    long[] counts() {
        long[] now = new long[counts.length];
        for (int i = 0; i < now.length; i++) {
            now[i] = counts[i].sum();
        }
        return now;
    }

    /** How many values are in this bucket and those before it. */
    long upTo(int bucket) {
        long count = 0;
        for (int i = 0; i <= bucket; i++) {
            count += counts[i].sum();
        }
        return count;
    }
}
