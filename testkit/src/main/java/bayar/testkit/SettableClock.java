package bayar.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class SettableClock extends Clock {
    /** @param elapsedNanos how far the clock was ever moved on */
    private record Time(Instant now, long elapsedNanos) {
        Time movedTo(Instant newNow) {
            boolean isOnwards = newNow.isAfter(now);
            return new Time(
                    newNow,
                    isOnwards ? elapsedNanos + Duration.between(now, newNow).toNanos() : elapsedNanos);
        }
    }

    private final AtomicReference<Time> time;
    private final ZoneId zone;

    private SettableClock(AtomicReference<Time> time, ZoneId zone) {
        this.time = time;
        this.zone = zone;
    }

    /** A clock that shows {@code now}, in UTC. */
    public static SettableClock at(Instant now) {
        return new SettableClock(new AtomicReference<>(new Time(Objects.requireNonNull(now), 0)), ZoneOffset.UTC);
    }

    /** A clock that shows this time, written as {@code 2026-11-23T09:00:00Z}. */
    public static SettableClock at(String now) {
        return at(Instant.parse(now));
    }

    /** Shows {@code newNow} from now on, be it later or earlier. */
    public void set(Instant newNow) {
        Objects.requireNonNull(newNow);
        time.updateAndGet(before -> before.movedTo(newNow));
    }

    /** Moves on by {@code duration}, or back when it is negative; returns what it shows then. */
    public Instant advance(Duration duration) {
        return time.updateAndGet(before -> before.movedTo(before.now.plus(duration))).now;
    }

    /**
     * The same time for durations, in nanoseconds from 0: goes on when this clock is moved on, and stands still when it is
     * moved back. For whatever takes a clock and a ticker, so that one step moves both.
     */
    public LongSupplier nanoTicker() {
        return () -> time.get().elapsedNanos;
    }

    @Override
    public Instant instant() {
        return time.get().now;
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** The same clock in another zone: setting one sets the other. */
    @Override
    public Clock withZone(ZoneId newZone) {
        return new SettableClock(time, newZone);
    }

    @Override
    public String toString() {
        return "SettableClock[" + time.get().now + "]";
    }
}
