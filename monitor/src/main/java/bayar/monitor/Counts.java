package bayar.monitor;

import bayar.AnswerEvent;
import bayar.BatchEvent;
import bayar.Operation;
import bayar.Probe;
import bayar.Reason;
import bayar.Stages;
import bayar.Status;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts what is answered and committed, for {@link Glance}s. Thread-safe: one short lock, held for some dozens of
 * nanoseconds, which the committer takes nearly alone.
 */
final class Counts implements Probe {
    private static final Reason[] REASONS = Reason.values();
    private static final Operation[] OPERATIONS = Operation.values();
    private static final String[] STAGES = {"decode", "verify", "queue", "commit", "processor"};
    private static final int MAX_TRANSPORTS = 16;
    private static final String OTHERS = "other";
    private static final double NANOS_PER_MICRO = 1e3;

    private final long[] byReason = new long[REASONS.length];
    private final long[] byOperation = new long[OPERATIONS.length];
    private final Map<String, long[]> byTransport = new TreeMap<>();
    private final long[] stageNanos = new long[STAGES.length];
    private final long[] stagePassed = new long[STAGES.length];
    private final Durations latencyNanos = new Durations();
    private final Durations commitNanos = new Durations();
    private long batches;
    private long commands;
    private long largest;

    /** What {@link #take} tells. */
    record Taken(
            Map<String, Long> byStatus,
            Map<String, Long> byReason,
            Map<String, String> statusOf,
            Map<String, Long> byOperation,
            Map<String, Long> byTransport,
            Glance.Latency latencyMicros,
            Map<String, Double> stageMicros,
            Glance.Batch batch) {}

    @Override
    public void answered(AnswerEvent event) {
        int reason = event.receipt().reason().ordinal();
        int operation = event.request() == null ? -1 : event.request().type().ordinal();
        Stages stages = event.stages();
        synchronized (this) {
            byReason[reason]++;
            if (operation >= 0) {
                byOperation[operation]++;
            }
            ofTransport(event.transport())[0]++;
            passed(0, stages.decodeNanos());
            passed(1, stages.verifyNanos());
            passed(2, stages.queueNanos());
            passed(3, stages.commitNanos());
            passed(4, stages.processorNanos());
            latencyNanos.add(stages.totalNanos());
        }
    }

    /** Transports are the host's own, so that there are few; should somebody name each anew, the rest count as one. */
    private long[] ofTransport(String name) {
        long[] count = byTransport.get(name);
        if (count == null) {
            String known = byTransport.size() < MAX_TRANSPORTS ? name : OTHERS;
            count = byTransport.computeIfAbsent(known, anyName -> new long[1]);
        }
        return count;
    }

    private void passed(int stage, long nanos) {
        if (nanos > 0) {
            stageNanos[stage] += nanos;
            stagePassed[stage]++;
        }
    }

    @Override
    public synchronized void committed(BatchEvent event) {
        batches++;
        commands += event.commands();
        largest = Math.max(largest, event.commands());
        commitNanos.add(event.commitNanos());
    }

    /** What was counted since the start, and how long things took since this was called last. */
    synchronized Taken take() {
        Map<String, Long> statuses = new LinkedHashMap<>();
        for (Status status : Status.values()) {
            statuses.put(status.code(), 0L);
        }
        Map<String, Long> reasons = new LinkedHashMap<>();
        Map<String, String> statusOf = new LinkedHashMap<>();
        for (Reason reason : REASONS) {
            long count = byReason[reason.ordinal()];
            if (count > 0) {
                reasons.put(reason.code(), count);
                statusOf.put(reason.code(), reason.status().code());
                statuses.merge(reason.status().code(), count, Long::sum);
            }
        }
        Map<String, Long> operations = new LinkedHashMap<>();
        for (Operation operation : OPERATIONS) {
            if (byOperation[operation.ordinal()] > 0) {
                operations.put(operation.code(), byOperation[operation.ordinal()]);
            }
        }
        Map<String, Long> transports = new LinkedHashMap<>();
        byTransport.forEach((name, count) -> transports.put(name, count[0]));
        Taken taken = new Taken(statuses, reasons, statusOf, operations, transports, latency(), stages(), batch());
        latencyNanos.clear();
        commitNanos.clear();
        Arrays.fill(stageNanos, 0);
        Arrays.fill(stagePassed, 0);
        batches = 0;
        commands = 0;
        largest = 0;
        return taken;
    }

    private Glance.Latency latency() {
        return new Glance.Latency(
                latencyNanos.count(),
                micros(latencyNanos, 50),
                micros(latencyNanos, 90),
                micros(latencyNanos, 99),
                micros(latencyNanos, 99.9),
                micros(latencyNanos, 100));
    }

    private static double micros(Durations nanos, double percentile) {
        return nanos.atPercentile(percentile) / NANOS_PER_MICRO;
    }

    private Map<String, Double> stages() {
        Map<String, Double> means = new LinkedHashMap<>();
        for (int i = 0; i < STAGES.length; i++) {
            means.put(STAGES[i], stagePassed[i] == 0 ? 0 : stageNanos[i] / NANOS_PER_MICRO / stagePassed[i]);
        }
        return means;
    }

    private Glance.Batch batch() {
        double mean = batches == 0 ? 0 : (double) commands / batches;
        return new Glance.Batch(batches, mean, largest, micros(commitNanos, 50), micros(commitNanos, 99));
    }
}
