package bayar.monitor;

import bayar.EngineStatus;
import bayar.Operator;
import bayar.StoreStatus;
import bayar.TransportStatus;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What an engine shows of itself, read once for many who ask at about the same time. Thread-safe. */
final class Readings {
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** One look at everything. */
    record Reading(EngineStatus engine, StoreStatus store, List<TransportStatus> transports) {}

    private final Operator operator;
    private final LongSupplier nanoTicker;
    private long readNanos;
    private @Nullable Reading latest;
    private boolean isEnded;

    Readings(Operator operator, LongSupplier nanoTicker) {
        this.operator = operator;
        this.nanoTicker = nanoTicker;
    }

    synchronized Reading now() {
        long nowNanos = nanoTicker.getAsLong();
        Reading reading = latest;
        if (reading == null || (!isEnded && nowNanos - readNanos >= FRESH_NANOS)) {
            reading = new Reading(operator.status(), operator.store(), operator.transports());
            latest = reading;
            readNanos = nowNanos;
        }
        return reading;
    }

    /** The engine ends: from here on everybody is told how it was last. */
    synchronized void end() {
        latest = new Reading(operator.status(), operator.store(), operator.transports());
        isEnded = true;
    }
}
