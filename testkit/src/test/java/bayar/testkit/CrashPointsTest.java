package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Attempt;
import bayar.Money;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Processor;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.testkit.CrashPoints.Life;
import bayar.testkit.CrashPoints.Point;
import bayar.testkit.CrashPoints.Step;
import bayar.testkit.ScriptedProcessor.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CrashPointsTest {
    private static final Attempt ATTEMPT = new Attempt("a-1", 1);

    /** A payment of three steps: an intent is committed, the processor called, the end committed. */
    private static class Steps implements CrashPoints.Run {
        private final MemoryStore committed = new MemoryStore();
        final ScriptedProcessor outside = new ScriptedProcessor();
        final List<Life> lives = new ArrayList<>();

        @Override
        public PaymentStore open() {
            return committed;
        }

        @Override
        public void live(Life life) {
            lives.add(life);
            commitOnce(life.store(), "intent");
            CompletableFuture<?> answer = call(life.processor(outside));
            if (answer.isDone()) {
                commitOnce(life.store(), "end");
            }
        }

        CompletableFuture<?> call(Processor processor) {
            return processor.process(payment(), ATTEMPT).toCompletableFuture();
        }

        private static void commitOnce(PaymentStore store, String step) {
            if (store.account(AccountId.of(step)) == null) {
                Account account = new Account(AccountId.of(step), Money.currency("MYR"), 0, 0, 0);
                store.commit(new Changes(List.of(), List.of(account), List.of(), Map.of(), Map.of()));
            }
        }

        @Override
        public void check() {
            List<String> steps = new ArrayList<>();
            committed.forEachAccount(account -> steps.add(account.id().value()));
            assertEquals(List.of("end", "intent"), steps);
            assertEquals(
                    List.of(1), outside.entries().stream().map(Entry::times).toList());
            List<Boolean> over = lives.stream().map(Life::isOver).toList();
            assertEquals(over.size() - 1, over.indexOf(false), "only the last life goes on to the end");
        }
    }

    @Test
    void diesOnceAtEveryStep() {
        assertEquals(
                Stream.of(
                                new Point(Step.COMMIT, 1, false),
                                new Point(Step.COMMIT, 1, true),
                                new Point(Step.COMMIT, 2, false),
                                new Point(Step.COMMIT, 2, true),
                                new Point(Step.CALL, 1, false),
                                new Point(Step.CALL, 1, true))
                        .map(List::of)
                        .toList(),
                CrashPoints.dying(1).each(Steps::new));
    }

    @Test
    void diesAgainAtEveryStepOfTheRecovery() {
        List<List<Point>> died = CrashPoints.dying(2).each(Steps::new);
        assertEquals(
                List.of(
                        new Point(Step.COMMIT, 1, false),
                        new Point(Step.COMMIT, 1, true),
                        new Point(Step.CALL, 1, false),
                        new Point(Step.CALL, 1, true)),
                died.stream()
                        .filter(points -> points.size() == 2)
                        .filter(points -> points.get(0).equals(new Point(Step.CALL, 1, true)))
                        .map(points -> points.get(1))
                        .toList());
        assertEquals(died.size(), died.stream().distinct().count());
    }

    @Test
    void namesWhereItDiedWhenTheEndIsNotRight() {
        AssertionError wrong = assertThrows(
                AssertionError.class,
                () -> CrashPoints.dying(1).each(() -> new Steps() {
                    {
                        outside.repeats(true);
                    }
                }));
        assertTrue(wrong.getMessage().startsWith("died [before commit 2]"), wrong.getMessage());
    }

    @Test
    void theDeadReachNobodyAndHearNothing() {
        CrashPoints.dying(1).each(() -> new Steps() {
            @Override
            CompletableFuture<?> call(Processor processor) {
                Life life = lives.get(lives.size() - 1);
                CompletableFuture<?> first = super.call(processor);
                if (life.isOver()) {
                    int before = outside.calls().size();
                    assertFalse(first.isDone());
                    assertFalse(super.call(processor).isDone());
                    assertEquals(before, outside.calls().size());
                }
                return first;
            }
        });
    }

    @Test
    void aFailureOfALifeThatIsNotOverIsNoDeath() {
        AssertionError wrong = assertThrows(
                AssertionError.class,
                () -> CrashPoints.dying(1).each(() -> new Steps() {
                    @Override
                    public void live(Life life) {
                        throw new IllegalStateException("no engine");
                    }
                }));
        assertEquals("died []: no engine", wrong.getMessage());
    }

    private static Payment payment() {
        Money ten = Money.of(10_00, "MYR");
        PaymentRequest sale = PaymentRequest.sale("s", "alice", "kedai", ten);
        return new Payment(1, Instant.EPOCH, "shop", sale, ten, AccountId.of("alice"), AccountId.of("kedai"), null);
    }
}
