package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AnswerEvent;
import bayar.Attempt;
import bayar.BatchEvent;
import bayar.Extension;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Probe;
import bayar.Processor;
import bayar.Reason;
import bayar.Receipt;
import bayar.Stages;
import bayar.Status;
import bayar.Verdict;
import bayar.auth.Key;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.codec.RequestWriter;
import bayar.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes: told of everything where it happens, and unable to do harm. */
@Timeout(60)
class ProbeTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice", "kedai");

    private final LinkedBlockingQueue<AnswerEvent> answers = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<BatchEvent> batches = new LinkedBlockingQueue<>();
    private final Probe recorder = new Probe() {
        @Override
        public void answered(AnswerEvent event) {
            answers.add(event);
        }

        @Override
        public void committed(BatchEvent event) {
            if (event.recorded() > 0) {
                batches.add(event);
            }
        }
    };

    /** What may go wrong in a probe. */
    enum Trouble {
        THROWS(() -> {
            throw new IllegalStateException("on purpose");
        }),
        DIES(() -> {
            throw new StackOverflowError("on purpose");
        }),
        HAS_NO_MEMORY(() -> {
            throw new OutOfMemoryError("on purpose");
        }),
        INTERRUPTS(() -> Thread.currentThread().interrupt());

        private final Runnable act;

        Trouble(Runnable act) {
            this.act = act;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverAProbeDoesPaymentsGoOnAndTheNextProbeIsTold(Trouble trouble) throws Exception {
        Probe troublemaker = new Probe() {
            @Override
            public void answered(AnswerEvent event) {
                trouble.act.run();
            }

            @Override
            public void committed(BatchEvent event) {
                trouble.act.run();
            }
        };
        try (PaymentEngine engine = engine(troublemaker, recorder)) {
            for (int i = 0; i < 20; i++) {
                assertEquals(Reason.APPROVED, pay(engine, "s" + i).reason());
            }
            for (int i = 0; i < 20; i++) {
                assertEquals(Reason.APPROVED, next(answers).receipt().reason());
            }
            assertNull(engine.status().refusing());
            assertFalse(engine.stopped().isDone());
            if (trouble != Trouble.INTERRUPTS) {
                assertTrue(engine.status().probesFailed() >= 40, "both kinds of events are counted");
            }
        }
    }

    @Test
    void aProbeThatInterruptsLeavesTheHostsThreadAsItWas() {
        try (PaymentEngine engine = engine(event -> Thread.currentThread().interrupt())) {
            // Not permitted: answered on this very thread.
            engine.submit(SHOP, PaymentRequest.sale("n", "mallory", "kedai", Money.of(1, "MYR")))
                    .join();
            assertFalse(Thread.interrupted());
            Thread.currentThread().interrupt();
            engine.submit(SHOP, PaymentRequest.sale("m", "mallory", "kedai", Money.of(1, "MYR")));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void everyAnswerIsToldThoughAnExtensionIsStuck() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        Extension slow = new Extension() {
            @Override
            public void install(Registrar registrar) {
                registrar.probe(recorder);
            }

            @Override
            public void onAnswer(AnswerEvent event) {
                try {
                    stuck.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (PaymentEngine engine = PaymentEngine.builder()
                .store(new MemoryStore())
                .account("alice", Money.of(100_00, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .logRequests(false)
                .extensionQueueCapacity(1)
                .extension(slow)
                .start()) {
            for (int i = 0; i < 100; i++) {
                pay(engine, "s" + i);
            }
            for (int i = 0; i < 100; i++) {
                next(answers);
            }
            assertTrue(engine.status().eventsDropped() >= 90);
            stuck.countDown();
        }
    }

    @Test
    void tellsWhatWasAskedWhoDidItAndWhereItCameFrom() throws Exception {
        HeldProcessor bank = new HeldProcessor();
        bank.answer.complete(Outcome.approved(Money.of(1_00, "MYR")));
        try (PaymentEngine engine = builder(recorder).processor("bank", bank).start()) {
            pay(engine, "s1");
            AnswerEvent plain = next(answers);
            assertEquals("shop", plain.principal());
            assertEquals("call", plain.transport());
            assertEquals("ledger", plain.method());

            engine.submit(SHOP, sale("b1").method("bank").build()).join();
            assertEquals("bank", next(answers).method());
            // It names no method, and goes the way of its original.
            engine.submit(SHOP, PaymentRequest.refund("r1", "b1", Money.of(1_00, "MYR")))
                    .join();
            assertEquals("bank", next(answers).method());
        }
    }

    /** Each stage by a ticker that moves alone while that stage goes on. */
    @Test
    void theStagesAddUp() throws Exception {
        AtomicLong nanos = new AtomicLong();
        HeldProcessor bank = new HeldProcessor();
        try (PaymentEngine engine = builder(recorder)
                .nanoTicker(nanos::get)
                .verifier((request, context) -> {
                    nanos.addAndGet(5_000);
                    return Verdict.accept();
                })
                .processor("bank", bank)
                .start()) {
            CompletableFuture<Receipt> paid =
                    engine.submit(SHOP, sale("b1").method("bank").build());
            bank.called.await();
            nanos.addAndGet(70_000);
            bank.answer.complete(Outcome.approved(Money.of(1_00, "MYR")));
            assertEquals(Status.APPROVED, paid.join().status());
            AnswerEvent answer = next(answers);
            assertEquals(5_000, answer.stages().verifyNanos());
            assertEquals(0, answer.stages().decodeNanos());
            assertEquals(70_000, answer.stages().processorNanos());
            assertEquals(75_000, answer.stages().totalNanos());
        }
    }

    @Test
    void waitingAndCommittingAreToldApart() throws Exception {
        AtomicLong nanos = new AtomicLong();
        HeldStore store = new HeldStore();
        try (PaymentEngine engine =
                builder(recorder).nanoTicker(nanos::get).store(store).start()) {
            store.hold();
            CompletableFuture<Receipt> first = engine.submit(SHOP, sale("s1").build());
            store.awaitHeld();
            CompletableFuture<Receipt> second = engine.submit(SHOP, sale("s2").build());
            nanos.addAndGet(40_000);
            store.release(1);
            first.join();
            assertEquals(new Stages(0, 0, 0, 40_000, 0, 40_000), next(answers).stages());
            store.awaitHeld();
            nanos.addAndGet(300_000);
            store.release(1);
            second.join();
            assertEquals(
                    new Stages(0, 0, 40_000, 300_000, 0, 340_000), next(answers).stages());
        }
    }

    /** By a ticker that moves whenever the thread that brings the message looks at it. */
    @Test
    void theSignatureAndTheVerifiersAreOneStageAndTheFieldsAnother() throws Exception {
        Thread here = Thread.currentThread();
        AtomicLong nanos = new AtomicLong();
        DirectTransport transport = new DirectTransport();
        KeySet keys = KeySet.of(Key.hs256("k1", SHOP, new byte[32]));
        try (PaymentEngine engine = builder(recorder)
                .nanoTicker(() -> Thread.currentThread() == here ? nanos.addAndGet(1_000) : nanos.get())
                .keys(keys)
                .transport(transport)
                .start()) {
            long nowSeconds = engine.status().time().getEpochSecond();
            byte[] message = new RequestWriter().write(sale("s1").build(), nowSeconds, nowSeconds + 30);
            transport.send(Signer.of(keys, "k1").sign(message)).join();
            AnswerEvent answer = next(answers);
            assertEquals(Reason.APPROVED, answer.receipt().reason());
            assertEquals("direct", answer.transport());
            assertEquals(1_000, answer.stages().decodeNanos());
            assertEquals(2_000, answer.stages().verifyNanos());
        }
    }

    private static final class HeldProcessor implements Processor {
        private final CountDownLatch called = new CountDownLatch(1);
        private final CompletableFuture<Outcome> answer = new CompletableFuture<>();

        @Override
        public CompletableFuture<Outcome> process(Payment payment, Attempt attempt) {
            called.countDown();
            return answer;
        }

        @Override
        public CompletableFuture<Outcome> inquire(Payment payment, Attempt attempt) {
            return CompletableFuture.completedFuture(Outcome.notSupported());
        }
    }

    /** Nobody who is told answers alone makes the engine build anything else, nor gets a thread for what is not wanted. */
    @Test
    void anExtensionThatWatchesNothingGetsNoThread() {
        List<String> names = new ArrayList<>();
        Consumer<Thread> note = thread -> names.add(thread.getName());
        Extension idle = new Extension() {
            @Override
            public String name() {
                return "idle";
            }
        };
        try (PaymentEngine engine = builder(recorder).extension(idle).start()) {
            pay(engine, "s1");
            Thread.getAllStackTraces().keySet().forEach(note);
            assertFalse(names.contains("bayar-extension-idle"), names.toString());
        }
    }

    @Test
    void batchesAreToldWithTheirRecords() throws Exception {
        try (PaymentEngine engine = engine(recorder)) {
            batches.clear();
            pay(engine, "s1");
            assertEquals(1, next(batches).recorded());
        }
    }

    private static PaymentRequest.Builder sale(String id) {
        return PaymentRequest.builder(id, Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(Money.of(1_00, "MYR"));
    }

    private static Receipt pay(PaymentEngine engine, String id) {
        return engine.submit(SHOP, sale(id).build()).join();
    }

    private static <T> T next(LinkedBlockingQueue<T> queue) throws InterruptedException {
        T event = queue.poll(30, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("nothing was told");
        }
        return event;
    }

    private static PaymentEngine engine(Probe... probes) {
        return builder(probes).start();
    }

    private static PaymentEngine.Builder builder(Probe... probes) {
        PaymentEngine.Builder builder = PaymentEngine.builder()
                .store(new MemoryStore())
                .account("alice", Money.of(100_00, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .logRequests(false);
        List.of(probes).forEach(builder::probe);
        return builder;
    }
}
