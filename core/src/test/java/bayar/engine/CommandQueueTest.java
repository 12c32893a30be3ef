package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Refusal;
import bayar.ledger.Ledger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommandQueueTest {
    private static final int PRODUCERS = 4;

    /** A thread each: the common pool has too few for a race. */
    private static final Executor THREADS = task -> new Thread(task).start();

    private final CommandQueue queue = new CommandQueue(3);
    private final List<Command> batch = new ArrayList<>();

    /** One that only has a name and a weight. */
    private static final class Named extends Command {
        private final int producer;
        private final int number;
        private final int weightBytes;

        Named(int producer, int number, int weightBytes) {
            this.producer = producer;
            this.number = number;
            this.weightBytes = weightBytes;
        }

        @Override
        int weightBytes() {
            return weightBytes;
        }

        @Override
        void decide(Ledger ledger, long nowMillis) {}

        @Override
        void answer(AnswerGroup group) {}

        @Override
        void refuse(Refusal refusal, AnswerGroup group) {}

        @Override
        void doubt(AnswerGroup group) {}
    }

    private static Named named(int number) {
        return new Named(0, number, 1);
    }

    private List<Integer> drained(int maxCommands, int maxBytes) {
        batch.clear();
        queue.drainTo(batch, maxCommands, maxBytes);
        return batch.stream().map(command -> ((Named) command).number).toList();
    }

    @Test
    void whatCameFirstGoesFirstAndOutcomesBeforeRequests() {
        queue.offer(named(1));
        queue.offer(named(2));
        queue.put(named(10));
        queue.put(named(11));

        assertEquals(List.of(10, 11, 1, 2), drained(9, 9));
        assertEquals(List.of(), drained(9, 9));
    }

    @Test
    void anOutcomeOvertakesTheRequestsThatAFullBatchLeftBehind() {
        queue.offer(named(1));
        queue.offer(named(2));
        queue.offer(named(3));
        assertEquals(List.of(1), drained(1, 9));

        queue.put(named(10));
        assertEquals(List.of(10, 2), drained(2, 9));
        assertEquals(List.of(3), drained(2, 9));
    }

    @Test
    void requestsAreBoundedAndOutcomesAreNot() {
        for (int i = 0; i < 3; i++) {
            assertTrue(queue.offer(named(i)));
        }
        assertFalse(queue.offer(named(3)));
        queue.put(named(10));
        assertEquals(3, queue.size());

        // What is in no batch yet still waits.
        assertEquals(List.of(10, 0), drained(2, 9));
        assertEquals(2, queue.size());
        assertTrue(queue.offer(named(4)));
        assertFalse(queue.offer(named(5)));
        assertEquals(List.of(1, 2, 4), drained(9, 9));
        assertEquals(0, queue.size());
    }

    @Test
    void aBatchIsFullWhenItsBytesAre() {
        queue.offer(new Named(0, 1, 5));
        queue.offer(new Named(0, 2, 5));
        queue.offer(new Named(0, 3, 5));

        assertEquals(List.of(1, 2), drained(9, 6));
        assertEquals(List.of(3), drained(9, 6));
    }

    @Test
    void aWaitEndsForARequestAnOutcomeAndTheEnd() throws Exception {
        for (Runnable event : List.<Runnable>of(() -> queue.offer(named(1)), () -> queue.put(named(2)), queue::end)) {
            CompletableFuture<Void> waited = CompletableFuture.runAsync(this::awaitSomething, THREADS);
            Thread.sleep(20);
            assertFalse(waited.isDone());
            event.run();
            waited.get(30, TimeUnit.SECONDS);
            drained(9, 9);
        }
    }

    private void awaitSomething() {
        try {
            do {
                queue.await(Long.MAX_VALUE);
                queue.drainTo(batch, 1, 1);
            } while (batch.isEmpty() && !queue.isEnding());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anInterruptEndsTheWait() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> queue.await(Long.MAX_VALUE));
    }

    @Test
    void noneIsLostTakenTwiceOrOvertakenByALaterOneOfItsProducer() throws Exception {
        int each = 50_000;
        CommandQueue crowded = new CommandQueue(64);
        List<CompletableFuture<Void>> producers = produce(crowded, each);
        int[] next = new int[PRODUCERS];
        int taken = 0;
        List<Command> some = new ArrayList<>();
        while (taken < PRODUCERS * each) {
            crowded.drainTo(some, 50, Integer.MAX_VALUE);
            if (some.isEmpty()) {
                crowded.await(1000);
            }
            for (Command command : some) {
                Named named = (Named) command;
                assertEquals(next[named.producer]++, named.number);
            }
            taken += some.size();
            some.clear();
        }
        for (CompletableFuture<Void> producer : producers) {
            producer.get();
        }
        assertEquals(0, crowded.size());
        crowded.drainTo(some, 1, 1);
        assertTrue(some.isEmpty());
    }

    /** The first two bring requests, the others outcomes. */
    private static List<CompletableFuture<Void>> produce(CommandQueue crowded, int each) {
        List<CompletableFuture<Void>> producers = new ArrayList<>();
        for (int i = 0; i < PRODUCERS; i++) {
            int producer = i;
            producers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int number = 0; number < each; number++) {
                            Named named = new Named(producer, number, 1);
                            if (producer < 2) {
                                while (!crowded.offer(named)) {
                                    Thread.yield();
                                }
                            } else {
                                crowded.put(named);
                            }
                        }
                    },
                    THREADS));
        }
        return producers;
    }

    @Test
    void whatComesWhileItIsShutIsTakenByTheTakerOrTakenBack() throws Exception {
        for (int round = 0; round < 2_000; round++) {
            CommandQueue shutting = new CommandQueue(10);
            List<Command> takenBack = new ArrayList<>();
            Named late = named(round);
            CompletableFuture<Void> producer = CompletableFuture.runAsync(
                    () -> {
                        shutting.offer(late);
                        if (shutting.isShut()) {
                            shutting.takeBack(takenBack);
                        }
                    },
                    THREADS);
            shutting.shut();
            List<Command> taken = new ArrayList<>();
            shutting.drainTo(taken, 9, 9);
            producer.get();

            Set<Command> all = new HashSet<>(taken);
            all.addAll(takenBack);
            assertEquals(Set.of(late), all);
            assertEquals(1, taken.size() + takenBack.size());
        }
    }
}
