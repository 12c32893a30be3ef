package bayar.monitor;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operator wants to know of an engine at a glance: what the live page and the terminal's table show, once a
 * second. Counts are since the start, so that whoever has two of them knows what was between; times and sizes of batches
 * are those since the glance before.
 *
 * @param timeMillis when this was, in milliseconds since 1970 UTC; each later than the one before
 * @param startMillis when the engine was started, in the same way
 * @param uptimeSeconds how long ago that was
 * @param refusing the code of the reason why the engine refuses everything, or null while it takes requests
 * @param byStatus answers by their status's code; every status is there
 * @param byReason answers by their reason's code, in the order of precedence; only those that were given
 * @param statusOf the status's code of each of these reasons
 * @param byOperation answers by what was asked for; not those to requests that could not be read
 * @param byTransport answers by what brought the request
 * @param latencyMicros from a message's arrival to its answer
 * @param stageMicros the mean time of each stage, over the requests that passed it
 * @param pending how many payments are with their processors
 * @param holds how many authorizations hold something
 * @param connections by transport
 * @param threads how many threads the process has
 */
record Glance(
        long timeMillis,
        long startMillis,
        long uptimeSeconds,
        @Nullable String refusing,
        Map<String, Long> byStatus,
        Map<String, Long> byReason,
        Map<String, String> statusOf,
        Map<String, Long> byOperation,
        Map<String, Long> byTransport,
        Latency latencyMicros,
        Map<String, Double> stageMicros,
        Queue queue,
        Batch batch,
        long pending,
        InDoubt inDoubt,
        long holds,
        Map<String, Connections> connections,
        Store store,
        Memory memory,
        Collections gc,
        int threads,
        Events events) {

    /**
     * How long requests took, in microseconds.
     *
     * @param count how many there were; without any the others are 0
     */
    record Latency(long count, double p50, double p90, double p99, double p999, double max) {}

    /** How many requests wait for the committer, and how many may. */
    record Queue(int depth, int capacity) {}

    /**
     * How large batches were, and how long the store took to make one durable.
     *
     * @param count how many there were; without any the others are 0
     */
    record Batch(long count, double mean, long max, double commitMicrosP50, double commitMicrosP99) {}

    /** Payments in doubt, and for how long the oldest of them is; 0 when there is none. */
    record InDoubt(int count, long oldestSeconds) {}

    /** What a transport tells of its connections. */
    record Connections(long open, long accepted, long refused, long slow, long broken, long bytesIn, long bytesOut) {}

    /**
     * What a store tells of itself.
     *
     * @param walBytes the size of the log beside the file
     * @param usableBytes the room left on the disk, or -1 when that is not known
     */
    record Store(boolean writable, long fileBytes, long walBytes, long writtenBytes, long usableBytes, long payments) {}

    /**
     * The process's memory, in bytes.
     *
     * @param heapMax -1 when there is no limit
     */
    record Memory(long heapUsed, long heapMax, long nonHeap) {}

    /** Garbage collections, and how long they took in all. */
    record Collections(long count, long millis) {}

    /** What extensions and probes have missed or failed on. */
    record Events(long dropped, long failed) {}
}
