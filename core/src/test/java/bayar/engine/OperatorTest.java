package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Attempt;
import bayar.BayarException;
import bayar.Extension;
import bayar.Money;
import bayar.Operation;
import bayar.Operator;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentHistory;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Processor;
import bayar.Reason;
import bayar.Resolution;
import bayar.Status;
import bayar.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an extension gets to see of its engine, and may do. */
@Timeout(60)
class OperatorTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice");

    private final Supervisor supervisor = new Supervisor();

    private static final class Supervisor implements Extension {
        private final List<String> told = new ArrayList<>();
        private @Nullable Operator operator;

        Operator operator() {
            return Objects.requireNonNull(operator);
        }

        @Override
        public void started(Operator started) {
            told.add("started");
            operator = started;
        }

        @Override
        public void stopping() {
            // The engine has answered everybody, and the store is still there.
            told.add("stopping " + operator.status().refusing() + " "
                    + operator.store().payments());
        }
    }

    @Test
    void isToldWhenTheEngineHasStartedAndBeforeItsStoreIsClosed() {
        try (PaymentEngine engine = engine(supervisor)) {
            assertEquals(List.of("started"), supervisor.told);
            assertEquals(Operation.SALE, pay(engine, "s1", "ledger").type());
        }
        assertEquals(List.of("started", "stopping DRAINING 2"), supervisor.told);
    }

    @Test
    void anExtensionThatCannotStartKeepsTheEngineFromStarting() {
        List<String> told = new ArrayList<>();
        Extension broken = new Extension() {
            @Override
            public void started(Operator operator) {
                throw new BayarException("port 2348 is taken; choose another");
            }

            @Override
            public void stopping() {
                told.add("stopping");
            }
        };
        assertEquals(
                "port 2348 is taken; choose another",
                assertThrows(BayarException.class, () -> engine(supervisor, broken))
                        .getMessage());
        assertEquals(List.of("stopping"), told);
        assertEquals(2, supervisor.told.size());
    }

    @Test
    void seesDoubtItsAgeAndWhatBecameOfIt() {
        try (PaymentEngine engine = engine(supervisor)) {
            Operator operator = supervisor.operator();
            assertEquals(List.of("bank"), engine.methods());
            assertEquals(0, operator.status().inDoubt());
            assertNull(operator.status().oldestInDoubt());

            pay(engine, "p1", "bank");
            assertEquals(1, operator.status().inDoubt());
            assertNotNull(operator.status().oldestInDoubt());
            assertEquals(1, operator.store().unresolved());

            operator.resolve(Resolution.of("shop", "p1", Resolution.Decision.APPROVED, "siti", "statement, line 3"))
                    .join();
            // The operator is answered before the engine has looked at all that this settles.
            assertEquals(List.of(), operator.unresolved(1).join());
            assertEquals(0, operator.status().inDoubt());
            assertNull(operator.status().oldestInDoubt());
            assertEquals(0, operator.store().unresolved());

            PaymentHistory history = operator.history("shop", "p1").join();
            assertEquals(Status.APPROVED, history.receipt().status());
            assertEquals(
                    List.of(Operation.SALE, Operation.OUTCOME, Operation.OUTCOME),
                    history.events().stream().map(event -> event.recorded()).toList());
            assertEquals("siti", history.events().get(2).evidence().get("operator"));
            assertTrue(history.isWhole());
        }
    }

    @Test
    void doubtIsSeenAgainAfterARestart() {
        MemoryStore kept = new MemoryStore();
        try (PaymentEngine engine = builder(kept).start()) {
            pay(engine, "p1", "bank");
        }
        try (PaymentEngine engine = builder(kept).extension(supervisor).start()) {
            assertEquals(1, engine.status().inDoubt());
            assertNotNull(supervisor.operator().status().oldestInDoubt());
        }
    }

    @Test
    void theHistoryHasWhatActedOnThePayment() {
        try (PaymentEngine engine = engine(supervisor)) {
            engine.submit(SHOP, PaymentRequest.authorize("a1", "alice", "kedai", Money.of(10_00, "MYR")))
                    .join();
            assertEquals(1, engine.store().holds());
            pay(engine, "s1", "ledger");
            engine.submit(SHOP, PaymentRequest.capture("c1", "a1", Money.of(4_00, "MYR")))
                    .join();
            engine.submit(SHOP, PaymentRequest.voidOf("v1", "a1")).join();
            assertEquals(0, engine.store().holds());
            assertEquals(
                    List.of("a1", "c1", "v1"),
                    engine.history("shop", "a1").join().events().stream()
                            .map(event -> event.request().id())
                            .toList());
        }
    }

    @Test
    void thereIsNoHistoryOfWhatIsNotThere() {
        try (PaymentEngine engine = engine()) {
            pay(engine, "s1", "ledger");
            CompletionException unknown = assertThrows(
                    CompletionException.class,
                    () -> engine.history("other", "s1").join());
            assertEquals(
                    "principal other has no payment s1 here", unknown.getCause().getMessage());
        }
    }

    @Test
    void seesQueueAndClock() {
        try (PaymentEngine engine = engine()) {
            assertEquals(16_384, engine.status().queueCapacity());
            assertFalse(engine.status().isCongested());
            assertFalse(engine.status().started().isAfter(engine.status().time()));
            // The opening of alice.
            assertNotNull(engine.status().lastRecorded());
        }
    }

    /** Nobody ever learns what it did. */
    private static final class Lost implements Processor {
        @Override
        public CompletableFuture<Outcome> process(Payment payment, Attempt attempt) {
            return CompletableFuture.completedFuture(Outcome.unknown(Reason.PROCESSOR_ERROR, "lost"));
        }

        @Override
        public CompletableFuture<Outcome> inquire(Payment payment, Attempt attempt) {
            return CompletableFuture.completedFuture(Outcome.notSupported());
        }
    }

    private static PaymentRequest pay(PaymentEngine engine, String id, String method) {
        PaymentRequest sale = PaymentRequest.builder(id, Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(Money.of(1_00, "MYR"))
                .method(method)
                .build();
        engine.submit(SHOP, sale).join();
        return sale;
    }

    private static PaymentEngine engine(Extension... extensions) {
        PaymentEngine.Builder builder = builder(new MemoryStore());
        List.of(extensions).forEach(builder::extension);
        return builder.start();
    }

    private static PaymentEngine.Builder builder(MemoryStore store) {
        return PaymentEngine.builder()
                .store(store)
                .processor("bank", new Lost())
                .account("alice", Money.of(100_00, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .logRequests(false);
    }
}
