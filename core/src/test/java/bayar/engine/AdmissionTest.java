package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.ledger.Ledger;
import bayar.transport.Peer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final int CAPACITY = 10_000;

    private final CommandQueue queue = new CommandQueue(CAPACITY);
    private final Admission admission = new Admission(queue, CAPACITY, 0);

    private record Crowd(int unanswered, int busyPeers) implements Peer {
        @Override
        public String address() {
            return "test";
        }

        @Override
        public boolean identify(String name) {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void theBoundFallsWithTheWaitAndOnceForEach() {
        admission.took(6000, millis(100), millis(115));
        assertEquals(4000, admission.bound(), "15 ms where 10 may be: two thirds of what waited");

        admission.took(4000, millis(110), millis(140));
        assertEquals(4000, admission.bound(), "that one came before the bound fell");

        admission.took(4000, millis(116), millis(1000));
        assertEquals(2000, admission.bound(), "never to less than half");

        admission.took(60, millis(1000), millis(2000));
        assertEquals(1024, admission.bound(), "as many as make a good batch may always wait");
    }

    @Test
    void theBoundRisesAgainWhileTheWaitIsShort() {
        admission.took(3200, millis(0), millis(100));
        assertEquals(1600, admission.bound());

        admission.took(10, millis(100), millis(110));
        assertEquals(1801, admission.bound());
        for (int i = 0; i < 100; i++) {
            admission.took(10, millis(200), millis(201));
        }
        assertEquals(CAPACITY, admission.bound());
    }

    @Test
    void aWaitIsNotLongWhereTheStoreIsNoQuicker() {
        admission.committed(millis(30));
        admission.committed(millis(40));
        admission.took(1000, millis(0), millis(60));
        assertEquals(CAPACITY, admission.bound());

        admission.took(4000, millis(0), millis(62));
        assertTrue(admission.bound() < 4000);
    }

    @Test
    void aStoreThatBecameSlowerIsKnownInTime() {
        admission.committed(millis(1));
        for (int i = 0; i < 2000; i++) {
            admission.committed(millis(30));
        }
        admission.took(1000, millis(0), millis(59));
        assertEquals(CAPACITY, admission.bound());
    }

    @Test
    void onlyWhoHasMoreThanTheirShareIsOverIt() {
        admission.took(3200, millis(0), millis(20));
        assertEquals(1600, admission.bound());
        fill(1600);
        assertFalse(admission.isCongested());
        fill(1);
        assertTrue(admission.isCongested());

        assertFalse(admission.isOverShare(new Crowd(400, 4)));
        assertTrue(admission.isOverShare(new Crowd(401, 4)));
        assertFalse(admission.isOverShare(new Crowd(Admission.ALWAYS_FAIR, 1000)));
        assertTrue(admission.isOverShare(new Crowd(Admission.ALWAYS_FAIR + 1, 1000)));
    }

    @Test
    void theShareIsLessWhenTheQueueFills() {
        fill(CAPACITY / 2 + 1);
        assertFalse(admission.isOverShare(new Crowd(5, 1000)));
        assertTrue(admission.isOverShare(new Crowd(6, 1000)));
        assertFalse(admission.isOverShare(new Crowd(1, 9000)), "one at a time is never too much");
    }

    private void fill(int requests) {
        for (int i = 0; i < requests; i++) {
            assertTrue(queue.offer(new HostCommand<>((Ledger ledger, long nowMillis) -> 0, Runnable::run)));
        }
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
