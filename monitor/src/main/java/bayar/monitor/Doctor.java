package bayar.monitor;

import bayar.EngineStatus;
import bayar.Reason;
import bayar.StoreStatus;
import bayar.monitor.Health.Check;
import bayar.monitor.Health.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Judges how fit an engine is by what it shows of itself. */
final class Doctor {
    /** Longer than the usual answer to an inquiry takes to come by itself. */
    private static final Duration OLD_DOUBT = Duration.ofHours(1);

    private static final Duration CLOCK_BEHIND = Duration.ofSeconds(1);

    private final Readings readings;
    private final long leastDiskBytes;

    /** @param leastDiskBytes with less room than this left somebody should look into it */
    Doctor(Readings readings, long leastDiskBytes) {
        this.readings = readings;
        this.leastDiskBytes = leastDiskBytes;
    }

    Health health() {
        Readings.Reading reading = readings.now();
        EngineStatus engine = reading.engine();
        List<Check> checks = List.of(
                engine(engine.refusing()),
                store(reading.store()),
                queue(engine),
                doubt(engine),
                contradictions(engine),
                disk(reading.store()),
                clock(engine));
        boolean isLive = engine.refusing() != Reason.ENGINE_STOPPED;
        boolean isReady = checks.stream().allMatch(check -> check.level() != Level.FAILING);
        return new Health(isLive, isReady, checks);
    }

    private static Check engine(@Nullable Reason refusing) {
        return refusing == null
                ? new Check("engine", Level.OK, "it takes requests", 0, "")
                : new Check("engine", Level.FAILING, "it refuses everything: " + refusing.sentence(), 0, "");
    }

    private static Check store(StoreStatus store) {
        return store.isWritable()
                ? new Check("store", Level.OK, store.description() + " takes batches", 0, "")
                : new Check("store", Level.FAILING, store.description() + " takes no more batches; see the log", 0, "");
    }

    private static Check queue(EngineStatus engine) {
        int queued = engine.queued();
        return engine.isCongested()
                ? new Check("queue", Level.FAILING, "more waits than can be done in time", queued, "requests")
                : new Check("queue", Level.OK, "what waits is done in time", queued, "requests");
    }

    private static Check doubt(EngineStatus engine) {
        Instant oldest = engine.oldestInDoubt();
        if (oldest == null) {
            return new Check("doubt", Level.OK, "no payment is in doubt", 0, "seconds");
        }
        Duration age = Duration.between(oldest, engine.time());
        Level level = age.compareTo(OLD_DOUBT) > 0 ? Level.WARNING : Level.OK;
        String message = engine.inDoubt() + " payments are in doubt, the oldest since " + oldest;
        return new Check("doubt", level, message, Math.max(0, age.toSeconds()), "seconds");
    }

    private static Check contradictions(EngineStatus engine) {
        int count = engine.contradicted();
        return count == 0
                ? new Check("contradictions", Level.OK, "nothing contradicts an outcome", 0, "payments")
                : new Check(
                        "contradictions",
                        Level.WARNING,
                        "payments are contradicted; look into them and acknowledge",
                        count,
                        "payments");
    }

    private Check disk(StoreStatus store) {
        long left = store.usableBytes();
        if (left == Long.MAX_VALUE) {
            return new Check("disk", Level.OK, "there is none, or it does not tell", 0, "bytes");
        }
        return left < leastDiskBytes
                ? new Check("disk", Level.WARNING, "little room is left; the ledger only grows", left, "bytes")
                : new Check("disk", Level.OK, "there is room left", left, "bytes");
    }

    private static Check clock(EngineStatus engine) {
        Instant last = engine.lastRecorded();
        Duration behind = last == null ? Duration.ZERO : Duration.between(engine.time(), last);
        return behind.compareTo(CLOCK_BEHIND) > 0
                ? new Check(
                        "clock",
                        Level.WARNING,
                        "the clock is behind the last record; it was set back",
                        behind.toSeconds(),
                        "seconds")
                : new Check("clock", Level.OK, "the clock is not behind the last record", 0, "seconds");
    }
}
