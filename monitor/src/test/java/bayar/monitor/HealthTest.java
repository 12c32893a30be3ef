package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Extension;
import bayar.Operator;
import bayar.Resolution;
import bayar.monitor.Health.Level;
import bayar.store.MemoryStore;
import bayar.store.sqlite.SqliteStore;
import bayar.testkit.FaultyStore;
import bayar.testkit.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How fit an engine is said to be. */
@Timeout(60)
class HealthTest {
    private final SettableClock clock = SettableClock.at("2026-11-23T09:00:00Z");
    private long nanos;
    /** Each look is a new one. */
    private final Monitor monitor =
            Monitor.builder().nanoTicker(() -> nanos += 1_000_000_000L).build();

    @TempDir
    Path directory;

    @Test
    void anEngineThatWorksIsLiveAndReady() {
        try (Shop shop = new Shop(new MemoryStore(), clock, monitor)) {
            shop.call(Shop.sale("s1", "alice", "ledger"));
            Health health = monitor.health();
            assertTrue(health.isLive() && health.isReady());
            assertTrue(health.checks().stream().allMatch(check -> check.level() == Level.OK), health.toString());
        }
    }

    @Test
    void beforeItsEngineHasStartedThereIsNoHealth() {
        assertThrows(BayarException.class, monitor::health);
    }

    @Test
    void anEngineThatDrainsIsLiveAndNotReady() {
        AtomicReference<Health> draining = new AtomicReference<>();
        Extension last = new Extension() {
            @Override
            public void started(Operator operator) {
                // Told before the monitor is, being given before it.
            }

            @Override
            public void stopping() {
                draining.set(monitor.health());
            }
        };
        new Shop(new MemoryStore(), clock, last, monitor).close();
        assertTrue(draining.get().isLive());
        assertFalse(draining.get().isReady());
        // Asked still after the end, it tells how it was last.
        assertFalse(monitor.health().isReady());
    }

    @Test
    void anEngineThatAFailureHasStoppedIsNotLive() {
        FaultyStore store = FaultyStore.working(new MemoryStore());
        try (Shop shop = new Shop(store, clock, monitor)) {
            store.fail();
            shop.call(Shop.sale("s1", "alice", "ledger"));
            shop.engine.stopped().handle((ended, failure) -> failure).join();
            Health health = monitor.health();
            assertFalse(health.isLive());
            assertFalse(health.isReady());
            assertEquals(Level.FAILING, level(health, "store"));
            assertEquals(Level.FAILING, level(health, "engine"));
        }
    }

    @Test
    void doubtThatIsOldWarnsUntilItIsResolved() {
        try (Shop shop = new Shop(new MemoryStore(), clock, monitor)) {
            shop.doubt("p1");
            assertEquals(Level.OK, level(monitor.health(), "doubt"));
            clock.advance(Duration.ofMinutes(61));
            assertEquals(Level.WARNING, level(monitor.health(), "doubt"));
            assertEquals(3660, check(monitor.health(), "doubt").value());
            assertTrue(monitor.health().isReady());

            shop.engine
                    .resolve(Resolution.of("till", "p1", Resolution.Decision.DECLINED, "siti", "statement"))
                    .join();
            shop.engine.unresolved(1).join();
            assertEquals(Level.OK, level(monitor.health(), "doubt"));
        }
    }

    @Test
    void aClockThatWasSetBackWarns() {
        try (Shop shop = new Shop(new MemoryStore(), clock, monitor)) {
            shop.call(Shop.sale("s1", "alice", "ledger"));
            clock.advance(Duration.ofMinutes(-5));
            assertEquals(Level.WARNING, level(monitor.health(), "clock"));
            assertEquals(300, check(monitor.health(), "clock").value());
        }
    }

    @Test
    void aDiskThatIsNearlyFullWarns() {
        Monitor anxious = Monitor.builder().leastDisk(Long.MAX_VALUE - 1).build();
        try (Shop shop = new Shop(SqliteStore.open(directory), clock, anxious)) {
            shop.call(Shop.sale("s1", "alice", "ledger"));
            assertEquals(Level.WARNING, level(anxious.health(), "disk"));
            assertTrue(anxious.health().isReady());
        }
    }

    private static Health.Check check(Health health, String name) {
        return health.checks().stream()
                .filter(check -> check.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Level level(Health health, String name) {
        return check(health, name).level();
    }
}
