package bayar.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class SettableClock extends Clock {
    private final AtomicReference<Instant> now;
    private final ZoneId zone;

    private SettableClock(AtomicReference<Instant> now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    /** A clock that shows {@code now}, in UTC. */
    public static SettableClock at(Instant now) {
        return new SettableClock(new AtomicReference<>(Objects.requireNonNull(now)), ZoneOffset.UTC);
    }

    /** A clock that shows this time, written as {@code 2026-11-23T09:00:00Z}. */
    public static SettableClock at(String now) {
        return at(Instant.parse(now));
    }

    /** Shows {@code newNow} from now on, be it later or earlier. */
    public void set(Instant newNow) {
        now.set(Objects.requireNonNull(newNow));
    }

    /** Moves on by {@code duration}, or back when it is negative; returns what it shows then. */
    public Instant advance(Duration duration) {
        return now.updateAndGet(before -> before.plus(duration));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** The same clock in another zone: setting one sets the other. */
    @Override
    public Clock withZone(ZoneId newZone) {
        return new SettableClock(now, newZone);
    }

    @Override
    public String toString() {
        return "SettableClock[" + now.get() + "]";
    }
}
