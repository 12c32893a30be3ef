package bayar.testkit;

import bayar.Attempt;
import bayar.Outcome;
import bayar.Processor;
import bayar.store.PaymentStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has something die at every step that can be seen from outside, and its recovery die too: before and after every commit
 * of its store, and before and after every call of its processor. Steps are enumerated, not sampled: the first run shows
 * nothing but that it works, the others each die at a step that no run died at before, until there are no more.
 *
 * <pre>{@code
 * List<List<Point>> died = CrashPoints.dying(2).each(() -> new Run() {
 *     private final MemoryStore store = new MemoryStore();
 *     private final ScriptedProcessor card = new ScriptedProcessor();
 *
 *     public PaymentStore open() {
 *         return store;
 *     }
 *
 *     public void live(Life life) {
 *         // start an engine over life.store() and life.processor(card), pay until life.isOver() or all is settled, end it
 *     }
 *
 *     public void check() {
 *         assertEquals(1, card.entries().get(0).times());
 *     }
 * });
 * }</pre>
 *
 * <p>What dies here is a life: from then on its store refuses everything, its calls reach nobody and no answer reaches it.
 * What it has committed is what the next life finds.
 */
public final class CrashPoints {
    /** What a life does that outlives it. */
    public enum Step {
        /** A commit of its store. */
        COMMIT,
        /** A call of its processor. */
        CALL
    }

    /**
     * Where a life ends.
     *
     * @param number the step of this kind in that life, from 1
     * @param isAfter whether the step was done, though nobody in this life learns of it
     */
    public record Point(Step step, int number, boolean isAfter) {
        @Override
        public String toString() {
            return (isAfter ? "after " : "before ") + step.name().toLowerCase(Locale.ROOT) + " " + number;
        }
    }

    /** Something that is to come to the same end however often it dies. Each run is a new one, in a new outside world. */
    public interface Run {
        /** Opens what was committed so far; it is closed by the life that uses it, or not at all. */
        PaymentStore open();

        /**
         * Lives once: goes on with what the store says, until all is settled or {@code life} {@linkplain Life#isOver is
         * over}. Before it returns, it ends every thread that uses the store. What it throws once life is over is taken
         * as part of dying.
         */
        void live(Life life) throws Exception;

        /** Looks at the end of it all, after the life that did not die. */
        void check() throws Exception;
    }

    private static final int MAX_STEPS = 1000;

    private final int deaths;

    private CrashPoints(int deaths) {
        this.deaths = deaths;
    }

    /** Every run dies at most this often: 1 for the first life alone, 2 for its recovery too. */
    public static CrashPoints dying(int deaths) {
        return new CrashPoints(deaths);
    }

    /**
     * Goes through all of them, one after the other.
     *
     * @return where each run died: the points of its first, second… life
     * @throws AssertionError if a run fails; names where it died
     */
    public List<List<Point>> each(Supplier<? extends Run> runs) {
        return each(runs, Runnable::run);
    }

    /**
     * Goes through all of them; those that die for the first time at different points may run at the same time.
     *
     * @param recoveries runs what dies again; a pool without a bound, or one that runs everything at once
     * @return where each run died: the points of its first, second… life
     * @throws AssertionError if a run fails; names where it died
     */
    public List<List<Point>> each(Supplier<? extends Run> runs, Executor recoveries) {
        run(runs.get(), List.of());
        return enumerate(runs, List.of(), recoveries);
    }

    private List<List<Point>> enumerate(Supplier<? extends Run> runs, List<Point> earlier, Executor recoveries) {
        List<CompletableFuture<List<List<Point>>>> died = new ArrayList<>();
        for (Step step : Step.values()) {
            boolean isReached = true;
            for (int number = 1; isReached; number++) {
                if (number > MAX_STEPS) {
                    throw new AssertionError("a life has more than " + MAX_STEPS + " steps " + step);
                }
                isReached = false;
                for (boolean isAfter : new boolean[] {false, true}) {
                    List<Point> points = new ArrayList<>(earlier);
                    points.add(new Point(step, number, isAfter));
                    if (run(runs.get(), points)) {
                        isReached = true;
                        died.add(CompletableFuture.completedFuture(List.of(points)));
                        if (points.size() < deaths) {
                            died.add(CompletableFuture.supplyAsync(
                                    () -> enumerate(runs, points, Runnable::run), recoveries));
                        }
                    }
                }
            }
        }
        return died.stream().flatMap(some -> joined(some).stream()).toList();
    }

    private static List<List<Point>> joined(CompletableFuture<List<List<Point>>> some) {
        try {
            return some.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof AssertionError failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Whether it died at each of these points. */
    private static boolean run(Run run, List<Point> points) {
        int died = 0;
        try {
            while (died <= points.size()) {
                Life life = new Life(run.open(), died < points.size() ? points.get(died) : null);
                live(run, life);
                if (!life.isOver()) {
                    break;
                }
                died++;
            }
            run.check();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("died " + points + ": " + e.getMessage(), e);
        }
        return died == points.size();
    }

    private static void live(Run run, Life life) throws Exception {
        try {
            run.live(life);
        } catch (Exception e) {
            if (!life.isOver()) {
                throw e;
            }
        }
    }

    /** From one start to one end. Thread-safe. */
    public static final class Life {
        private final FaultyStore store;
        private final @Nullable Point end;
        private final AtomicInteger calls = new AtomicInteger();

        private Life(PaymentStore store, @Nullable Point end) {
            this.end = end;
            if (end == null || end.step() == Step.CALL) {
                this.store = FaultyStore.working(store);
            } else if (end.isAfter()) {
                this.store = FaultyStore.failingAfterWriting(store, end.number());
            } else {
                this.store = FaultyStore.failingBeforeWriting(store, end.number());
            }
        }

        /** The store to use in this life; refuses everything once that is over. */
        public PaymentStore store() {
            return store;
        }

        /** Whether it has died: nothing that is done now has any effect. */
        public boolean isOver() {
            return store.hasFailed();
        }

        /** The processor to use in this life instead of this one. */
        public Processor processor(Processor outside) {
            return new RelayedProcessor(outside) {
                @Override
                CompletionStage<Outcome> call(
                        ScriptedProcessor.Kind kind, Attempt attempt, Supplier<CompletionStage<Outcome>> relayed) {
                    return Life.this.call(relayed);
                }
            };
        }

        private CompletionStage<Outcome> call(Supplier<CompletionStage<Outcome>> outside) {
            int number = calls.incrementAndGet();
            boolean isLast = end != null && end.step() == Step.CALL && end.number() == number;
            if (isLast && !end.isAfter()) {
                store.fail();
            }
            CompletableFuture<Outcome> heard = new CompletableFuture<>();
            if (isOver()) {
                return heard;
            }
            outside.get().whenComplete((outcome, failure) -> {
                if (isLast) {
                    store.fail();
                }
                if (isOver()) {
                    return;
                }
                if (failure != null) {
                    heard.completeExceptionally(failure);
                } else {
                    heard.complete(outcome);
                }
            });
            return heard;
        }
    }
}
