package bayar.engine;

import bayar.BayarException;
import bayar.Capabilities;
import bayar.Processor;
import bayar.Reason;
import bayar.Refusal;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The line to one processor: what it can do, how much of it may be asked at a time, whether it works at all, and what is
 * going on. The sets belong to the thread of {@link Outside}; the rest is thread-safe.
 */
final class Line {
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int TRIALS_DIVISOR = 10;

    final String method;
    final Processor processor;
    final Capabilities capabilities;
    final ProcessorSettings settings;

    /** Calls that were not answered yet, by when they began, which is also the order in which their time is up. */
    final Set<Call> calls = new LinkedHashSet<>();
    /** What is to be asked about, by when. */
    final TreeSet<Doubt> schedule =
            new TreeSet<>(Comparator.comparingLong(Doubt::nextTryMillis).thenComparingLong(Doubt::sequence));

    private final Semaphore permits;
    private final CircuitBreaker breaker;
    private final LongSupplier nanoTicker;
    private double inquiriesAllowed;
    private long inquiriesCountedNanos;

    Line(String method, Processor processor, ProcessorSettings settings, LongSupplier nanoTicker) {
        this.method = method;
        this.processor = processor;
        this.capabilities = vouchedFor(method, processor);
        this.settings = settings;
        this.permits = new Semaphore(settings.permits());
        this.nanoTicker = nanoTicker;
        this.inquiriesAllowed = settings.inquiriesPerSecond();
        this.inquiriesCountedNanos = nanoTicker.getAsLong();
        this.breaker = CircuitBreaker.of(
                method,
                CircuitBreakerConfig.custom()
                        .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(settings.failureWindow())
                        .minimumNumberOfCalls(settings.failureWindow())
                        .failureRateThreshold(settings.failureRatePercent())
                        .waitDurationInOpenState(settings.pause())
                        .permittedNumberOfCallsInHalfOpenState(Math.max(1, settings.failureWindow() / TRIALS_DIVISOR))
                        .clock(new TickerClock(nanoTicker))
                        .build());
    }

    @SuppressWarnings("ConstantValue") // a processor may do what it must not
    private static Capabilities vouchedFor(String method, Processor processor) {
        Capabilities capabilities = processor.capabilities();
        if (capabilities == null) {
            throw new BayarException("processor " + method
                    + " does not say what it vouches for; let capabilities() give Capabilities.NONE at least");
        }
        return capabilities;
    }

    /** Takes up a place for one payment; or says why there is none. */
    @Nullable
    Refusal admit() {
        if (!permits.tryAcquire()) {
            return new Refusal(
                    Reason.PROCESSOR_UNAVAILABLE, null, "processor " + method + " has its hands full; try again later");
        }
        if (!breaker.tryAcquirePermission()) {
            permits.release();
            return Refusal.of(Reason.PROCESSOR_UNAVAILABLE);
        }
        return null;
    }

    /** Gives the place back unused. */
    void release() {
        breaker.releasePermission();
        permits.release();
    }

    /** Gives the place back after a call, which did or did not get a clear answer in time. */
    void release(boolean isClear) {
        if (isClear) {
            breaker.onSuccess(0, TimeUnit.NANOSECONDS);
        } else {
            breaker.onError(0, TimeUnit.NANOSECONDS, new IllegalStateException("no clear answer"));
        }
        permits.release();
    }

    /** Whether another inquiry may begin now; takes it up when it may. */
    boolean mayInquire() {
        long now = nanoTicker.getAsLong();
        double perSecond = settings.inquiriesPerSecond();
        double gained = (double) (now - inquiriesCountedNanos) / NANOS_PER_SECOND * perSecond;
        inquiriesAllowed = Math.min(perSecond, inquiriesAllowed + gained);
        inquiriesCountedNanos = now;
        if (inquiriesAllowed < 1) {
            return false;
        }
        inquiriesAllowed--;
        return true;
    }

    int atWork() {
        return settings.permits() - permits.availablePermits();
    }

    /** Time that only goes on: a pause is not longer because somebody has set the time of day back. */
    private static final class TickerClock extends Clock {
        private final LongSupplier nanoTicker;

        TickerClock(LongSupplier nanoTicker) {
            this.nanoTicker = nanoTicker;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanoTicker.getAsLong());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
