package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bayar.BayarException;
import bayar.ledger.Ledger;
import bayar.store.MemoryStore;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The one thread that decides, by itself. */
@Timeout(60)
class CommitterTest {
    private final MemoryStore store = new MemoryStore();
    private final Clock clock = Clock.systemUTC();
    private final Watchers watchers = new Watchers(List.of(), List.of(), 1, Thread::new, System::nanoTime);
    private final Outside outside = new Outside(clock, System::nanoTime, watchers, Thread::new);
    private final ExecutorService callers = Executors.newFixedThreadPool(3);
    private final Committer committer = new Committer(
            store,
            1,
            4096,
            Ledger.DEFAULT_AUTHORIZATION_LIFETIME,
            clock,
            System::nanoTime,
            watchers,
            outside,
            List.of(),
            Thread::new);

    @AfterEach
    void close() {
        committer.finish();
        callers.shutdownNow();
    }

    /** With room for one command the queue is full at one moment and idle at the next. */
    @Test
    void noOutcomeIsForgottenWhileTheQueueFillsAndEmpties() throws Exception {
        outside.start(committer::submitOutcome);
        committer.start();
        int rounds = Integer.getInteger("rounds", 5_000);
        for (int round = 0; round < rounds; round++) {
            CyclicBarrier start = new CyclicBarrier(3);
            List<Future<CompletableFuture<Long>>> told = new ArrayList<>();
            for (int caller = 0; caller < 3; caller++) {
                told.add(callers.submit(() -> {
                    start.await();
                    committer.submit(command());
                    HostCommand<Long> outcome = command();
                    committer.submitOutcome(outcome);
                    return outcome.future();
                }));
            }
            for (Future<CompletableFuture<Long>> outcome : told) {
                assertEquals(0, outcome.get().get(30, TimeUnit.SECONDS), "round " + round);
            }
        }
    }

    @Test
    void whatIsRefusedHalfWayIsNotWrittenAsIfItWereDone() throws Exception {
        outside.start(committer::submitOutcome);
        committer.start();
        HostCommand<Long> broken = new HostCommand<>(
                (ledger, nowMillis) -> {
                    ledger.moveCursor("mail", 7);
                    throw new BayarException("on purpose");
                },
                Runnable::run);
        committer.submit(broken);
        assertThrows(ExecutionException.class, () -> broken.future().get());
        assertThrows(ExecutionException.class, () -> committer.ended().get());
        assertEquals(0, store.cursor("mail"));
    }

    private static HostCommand<Long> command() {
        return new HostCommand<>((ledger, nowMillis) -> ledger.cursor("nobody"), Runnable::run);
    }
}
