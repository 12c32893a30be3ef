package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.EngineStatus;
import bayar.Extension;
import bayar.Operator;
import bayar.Resolution;
import bayar.StoreStatus;
import bayar.monitor.Health.Level;
import bayar.store.MemoryStore;
import bayar.store.sqlite.SqliteStore;
import bayar.testkit.FaultyStore;
import bayar.testkit.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
            clock.advance(Duration.ofMinutes(60));
            assertEquals(Level.OK, level(monitor.health(), "doubt"), "an hour is not old yet");
            clock.advance(Duration.ofMillis(1));
            assertEquals(Level.WARNING, level(monitor.health(), "doubt"));
            clock.advance(Duration.ofMinutes(1));
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
            clock.advance(Duration.ofMillis(-1_000));
            assertEquals(Level.OK, level(monitor.health(), "clock"), "a second is not far yet");
            clock.advance(Duration.ofMillis(-1));
            assertEquals(Level.WARNING, level(monitor.health(), "clock"));
            clock.advance(Duration.ofMillis(-298_999));
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

    @Test
    void aDiskWithEnoughRoomIsFine() {
        try (Shop shop = new Shop(SqliteStore.open(directory), clock, monitor)) {
            shop.call(Shop.sale("s1", "alice", "ledger"));
            assertEquals(Level.OK, level(monitor.health(), "disk"));
            assertEquals("there is room left", check(monitor.health(), "disk").message());
        }
        assertEquals(Level.OK, level(withRoom(5_000, 5_000), "disk"));
        assertEquals(Level.WARNING, level(withRoom(4_999, 5_000), "disk"));
        assertEquals(4_999, check(withRoom(4_999, 5_000), "disk").value());
    }

    private Health withRoom(long usableBytes, long leastBytes) {
        return seen(Monitor.builder().leastDisk(leastBytes).build(), false, 0, usableBytes);
    }

    @Test
    void aQueueThatIsTooLongIsNotReadyAndStillLive() {
        Health health = seen(true, 0);
        assertEquals(Level.FAILING, level(health, "queue"));
        assertEquals(7, check(health, "queue").value());
        assertTrue(health.isLive());
        assertFalse(health.isReady());
        assertEquals(Level.OK, level(seen(false, 0), "queue"));
    }

    @Test
    void aContradictionWarns() {
        Health health = seen(false, 3);
        assertEquals(Level.WARNING, level(health, "contradictions"));
        assertEquals(3, check(health, "contradictions").value());
        assertTrue(health.isReady());
    }

    private Health seen(boolean isCongested, int contradicted) {
        return seen(Monitor.builder().build(), isCongested, contradicted, Long.MAX_VALUE);
    }

    /** What a monitor finds where an engine shows this, and nothing else that is wrong. */
    private Health seen(Monitor looking, boolean isCongested, int contradicted, long usableBytes) {
        Instant now = clock.instant();
        EngineStatus status =
                new EngineStatus(null, 7, 10, isCongested, 0, 0, null, contradicted, 0, 0, 0, 0, 0, now, now, null);
        StoreStatus store = new StoreStatus("a store", true, 0, 0, 0, 0, 0, 0, usableBytes);
        looking.started(new Showing(status, store, List.of()));
        Health health = looking.health();
        looking.stopping();
        return health;
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
