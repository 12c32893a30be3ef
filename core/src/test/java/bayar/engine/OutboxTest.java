package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Attempt;
import bayar.BayarException;
import bayar.BlockingProcessor;
import bayar.Extension;
import bayar.Money;
import bayar.Operation;
import bayar.OutboxListener;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentEvent;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import bayar.Status;
import bayar.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Committed events behind a durable cursor. */
@Timeout(60)
class OutboxTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");

    private final MemoryStore store = new MemoryStore();
    private final List<PaymentEngine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(PaymentEngine::close);
    }

    @Test
    void tellsEveryEventInOrderAndGoesOnAfterARestart() throws Exception {
        List<PaymentEvent> seen = new CopyOnWriteArrayList<>();
        PaymentEngine first = start(seen::addAll);
        pay(first, 0, 2000);
        await(() -> seen.size() == 2001);
        first.close();
        assertEquals(2001, store.cursor("mail"));

        PaymentEngine unheard = start(null);
        pay(unheard, 2000, 2100);
        unheard.close();
        PaymentEngine last = start(seen::addAll);
        pay(last, 2100, 2200);
        await(() -> seen.size() == 2201);

        assertEquals(
                LongStream.rangeClosed(1, 2201).boxed().toList(),
                seen.stream().map(PaymentEvent::sequence).toList());
    }

    @Test
    void tellsWhatIsThereBeforeItEnds() {
        PaymentEngine unheard = start(null);
        pay(unheard, 0, 1200);
        unheard.close();
        List<PaymentEvent> seen = new CopyOnWriteArrayList<>();
        start(seen::addAll).drain(Duration.ofSeconds(30));
        assertEquals(1201, seen.size());
        assertEquals(1201, store.cursor("mail"));
    }

    @Test
    void tellsTheSameEventsAgainAfterAFailureAndNothingLaterBefore() throws Exception {
        List<Long> seen = new CopyOnWriteArrayList<>();
        AtomicInteger failures = new AtomicInteger();
        PaymentEngine engine = start(events -> {
            long first = events.get(0).sequence();
            if (first > 5 && failures.incrementAndGet() <= 2) {
                throw new IllegalStateException("on purpose");
            }
            events.forEach(event -> seen.add(event.sequence()));
        });
        pay(engine, 0, 5);
        await(() -> seen.size() == 6);
        pay(engine, 5, 10);
        await(() -> seen.size() == 11);
        assertEquals(LongStream.rangeClosed(1, 11).boxed().toList(), seen);
        assertTrue(failures.get() >= 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"throws an interrupt", "is interrupted", "fails"})
    void whateverAListenerDoesItGetsTheRest(String what) throws Exception {
        List<Long> seen = new CopyOnWriteArrayList<>();
        AtomicBoolean isBroken = new AtomicBoolean(true);
        PaymentEngine engine = start(events -> {
            if (isBroken.getAndSet(false)) {
                switch (what) {
                    case "throws an interrupt" -> throw new InterruptedException("on purpose");
                    case "fails" -> throw new StackOverflowError("on purpose");
                    default -> Thread.currentThread().interrupt();
                }
            }
            events.forEach(event -> seen.add(event.sequence()));
        });
        pay(engine, 0, 5);
        await(() -> seen.size() == 6);
        assertEquals(LongStream.rangeClosed(1, 6).boxed().toList(), seen);
    }

    @Test
    void whatWasNotTakenIsToldAgainAfterARestart() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        PaymentEngine hanging = start(events -> {
            began.countDown();
            never.await();
        });
        pay(hanging, 0, 3);
        began.await();
        hanging.drain(Duration.ofMillis(10));
        assertEquals(0, store.cursor("mail"));

        List<PaymentEvent> seen = new CopyOnWriteArrayList<>();
        start(seen::addAll);
        await(() -> seen.size() == 4);
    }

    @Test
    void tellsHowAPaymentStoodWhenItWasRecorded() throws Exception {
        List<PaymentEvent> seen = new CopyOnWriteArrayList<>();
        PaymentEngine engine = start(builder().processor("card", new ApprovingProcessor()), null);
        PaymentRequest sale = PaymentRequest.builder("c", Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(Money.of(10, "MYR"))
                .method("card")
                .build();
        assertEquals(Status.APPROVED, engine.submit(SHOP, sale).join().status());
        engine.close();

        start(seen::addAll);
        await(() -> seen.size() == 3);
        assertEquals(Status.PENDING, seen.get(1).receipt().status());
        assertEquals(Operation.SALE, seen.get(1).recorded());
        PaymentEvent outcome = seen.get(2);
        assertEquals(Status.APPROVED, outcome.receipt().status());
        assertEquals(Operation.OUTCOME, outcome.recorded());
        assertEquals(sale, outcome.request());
        assertEquals("shop", outcome.principal());
        assertEquals(2, outcome.receipt().sequence());
        assertEquals(3, outcome.sequence());
        assertEquals("process", outcome.evidence().get("source"));
    }

    @Test
    void goesOnWhateverElseThereIsToDo() throws Exception {
        List<PaymentEvent> seen = new CopyOnWriteArrayList<>();
        PaymentEngine engine = start(builder().queueCapacity(1), seen::addAll);
        List<CompletableFuture<Receipt>> answers = new ArrayList<>();
        while (store.cursor("mail") < 100) {
            answers.clear();
            for (int i = 0; i < 100; i++) {
                String id = "s" + seen.size() + "-" + i;
                answers.add(engine.submit(SHOP, PaymentRequest.sale(id, "alice", "kedai", Money.of(1, "MYR"))));
            }
            answers.forEach(CompletableFuture::join);
        }
        assertTrue(answers.stream().anyMatch(answer -> answer.join().status() == Status.BUSY), "overloaded");
        pay(engine, 0, 1);
        long last = store.lastSequence();
        await(() -> seen.size() == last);
    }

    @Test
    void twoOfOneNameAreRefused() {
        assertThrows(
                BayarException.class, () -> builder().outbox("a", events -> {}).outbox("a", events -> {}));
        assertThrows(BayarException.class, () -> builder().outbox("not a name", events -> {}));
    }

    private static final class ApprovingProcessor implements BlockingProcessor {
        @Override
        public Outcome process(Payment payment, Attempt attempt) {
            return Outcome.approved(payment.amount());
        }

        @Override
        public Outcome inquire(Payment payment, Attempt attempt) {
            return Outcome.notSupported();
        }
    }

    private static void pay(PaymentEngine engine, int from, int to) {
        for (int i = from; i < to; i++) {
            engine.submit(SHOP, PaymentRequest.sale("s" + i, "alice", "kedai", Money.of(1, "MYR")))
                    .join();
        }
    }

    private PaymentEngine start(@Nullable OutboxListener listener) {
        return start(builder(), listener);
    }

    private PaymentEngine start(PaymentEngine.Builder builder, @Nullable OutboxListener listener) {
        if (listener != null) {
            builder.extension(new Extension() {
                @Override
                public void install(Registrar registrar) {
                    registrar.outbox("mail", listener);
                }
            });
        }
        PaymentEngine engine = builder.start();
        engines.add(engine);
        return engine;
    }

    private PaymentEngine.Builder builder() {
        return PaymentEngine.builder()
                .store(store)
                .logRequests(false)
                .account("alice", Money.of(10_000, "MYR"))
                .account("kedai", Money.of(0, "MYR"));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }
}
