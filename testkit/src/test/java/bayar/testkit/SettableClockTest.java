package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
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
    void showsTheSameTimeInEveryZone() {
        SettableClock clock = SettableClock.at(Instant.EPOCH);
        Clock kualaLumpur = clock.withZone(ZoneId.of("Asia/Kuala_Lumpur"));
        clock.advance(Duration.ofDays(1));
        assertEquals(clock.instant(), kualaLumpur.instant());
        assertEquals(ZoneId.of("Asia/Kuala_Lumpur"), kualaLumpur.getZone());
    }
}
