package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class SettableClockTest {
    @Test
    void standsStillUntilItIsMoved() {
        SettableClock clock = SettableClock.at("2026-11-23T09:00:00Z");
        assertEquals(Instant.parse("2026-11-23T09:00:00Z"), clock.instant());
        assertEquals(Instant.parse("2026-11-23T09:00:01.500Z"), clock.advance(Duration.ofMillis(1500)));
        assertEquals(Instant.parse("2026-11-23T09:00:01.500Z"), clock.instant());
        clock.set(Instant.EPOCH);
        assertEquals(0, clock.millis());
    }

    @Test
    void itsTickerGoesOnWithItAndNeverBack() {
        SettableClock clock = SettableClock.at("2026-11-23T09:00:00Z");
        LongSupplier ticker = clock.nanoTicker();
        assertEquals(0, ticker.getAsLong());
        clock.advance(Duration.ofNanos(1500));
        assertEquals(1500, ticker.getAsLong());
        clock.set(Instant.parse("2026-11-23T08:00:00Z"));
        clock.advance(Duration.ofSeconds(-1));
        assertEquals(1500, ticker.getAsLong());
        clock.set(Instant.parse("2026-11-23T08:00:00Z"));
        assertEquals(1_000_001_500, clock.nanoTicker().getAsLong());
    }

    @Test
    void showsTheSameTimeInEveryZone() {
        SettableClock clock = SettableClock.at(Instant.EPOCH);
        Clock kualaLumpur = clock.withZone(ZoneId.of("Asia/Kuala_Lumpur"));
        clock.advance(Duration.ofDays(1));
        assertEquals(clock.instant(), kualaLumpur.instant());
        assertEquals(ZoneId.of("Asia/Kuala_Lumpur"), kualaLumpur.getZone());
    }
}
