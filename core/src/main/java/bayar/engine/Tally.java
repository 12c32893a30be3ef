package bayar.engine;

import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Counts requests and answers as they pass. Thread-safe. */
final class Tally {
    private static final long RETRY_AFTER_MILLIS = 100;
    private static final long RETRY_PROCESSOR_AFTER_MILLIS = 1000;

    private final LongSupplier nanoTicker;
    private final Watchers watchers;
    private final LongAdder arrived = new LongAdder();
    private final LongAdder replayed = new LongAdder();
    private final Map<Status, LongAdder> answered = new EnumMap<>(Status.class);

    Tally(LongSupplier nanoTicker, Watchers watchers) {
        this.nanoTicker = nanoTicker;
        this.watchers = watchers;
        for (Status status : Status.values()) {
            answered.put(status, new LongAdder());
        }
    }

    /** A request has arrived; returns when, in the engine's nanoseconds. */
    long arrived() {
        arrived.increment();
        return nanoTicker.getAsLong();
    }

    /** Whether anybody wants to know how long requests take. */
    boolean isTimed() {
        return !watchers.isEmpty() || PaymentFlight.isOn();
    }

    /** What time it is, in the engine's nanoseconds. */
    long nanos() {
        return nanoTicker.getAsLong();
    }

    /** A request was answered. */
    void answered(Receipt receipt) {
        answered.get(receipt.status()).increment();
        if (receipt.replayed()) {
            replayed.increment();
        }
    }

    /** How long a client should wait that is refused for this reason; 0 when waiting does not help. */
    long retryAfterMillis(Reason reason) {
        if (reason == Reason.PROCESSOR_UNAVAILABLE) {
            return RETRY_PROCESSOR_AFTER_MILLIS;
        }
        return reason.status() == Status.BUSY && reason != Reason.DEADLINE_EXCEEDED ? RETRY_AFTER_MILLIS : 0;
    }

    long arrivals() {
        return arrived.sum();
    }

    long replays() {
        return replayed.sum();
    }

    long answers(Status status) {
        return answered.get(status).sum();
    }

    long answers() {
        return answered.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
