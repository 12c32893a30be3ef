package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.AnswerEvent;
import bayar.BayarException;
import bayar.Extension;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.PaymentEvent;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Retry;
import bayar.Status;
import bayar.Verdict;
import bayar.ledger.Limits;
import bayar.ledger.NewAccount;
import bayar.store.MemoryStore;
import bayar.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PaymentEngineTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice", "kedai");
    private static final Money ONE = Money.of(1, "MYR");

    private final HeldStore store = new HeldStore();
    private final List<PaymentEngine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        store.release(1_000_000);
        engines.forEach(PaymentEngine::close);
    }

    @Test
    void paysAndTellsTheBalances() {
        PaymentEngine engine = start(builder());
        Receipt receipt = engine.submit(SHOP, sale("s", 250)).join();

        assertEquals(Reason.APPROVED, receipt.reason());
        assertEquals(MoneyEffect.MOVED, receipt.money());
        assertEquals(750, balance(engine, "alice"));
        assertEquals(250, balance(engine, "kedai"));
        assertTrue(engine.account(AccountId.of("nobody")).join().isEmpty());
    }

    @Test
    void rule2AnswersOnlyWhenTheBatchIsDurable() throws Exception {
        PaymentEngine engine = start(builder());
        store.hold();
        CompletableFuture<Receipt> sale = engine.submit(SHOP, sale("s", 1));
        CompletableFuture<Receipt> again = engine.submit(SHOP, sale("s", 1));
        store.awaitHeld();

        assertThrows(java.util.concurrent.TimeoutException.class, () -> sale.get(50, TimeUnit.MILLISECONDS));
        assertFalse(again.isDone(), "a duplicate must not tell an outcome that is not durable");
        store.release(1_000);
        assertEquals(Status.APPROVED, sale.join().status());
        assertTrue(again.join().replayed());
    }

    @Test
    void whatGathersWhileABatchIsWrittenIsTheNextBatch() throws Exception {
        PaymentEngine engine = start(builder());
        List<CompletableFuture<Receipt>> answers = gathered(engine, 100);
        store.release(1_000);
        answers.forEach(CompletableFuture::join);

        List<Integer> sizes = store.batchSizes();
        assertEquals(List.of(1, 100), sizes.subList(sizes.size() - 2, sizes.size()));
    }

    @Test
    void aBatchIsNoLargerThanTheHostSays() throws Exception {
        PaymentEngine engine = start(builder().maxBatch(2));
        List<CompletableFuture<Receipt>> answers = gathered(engine, 5);
        store.release(1_000);
        answers.forEach(CompletableFuture::join);
        List<Integer> sizes = store.batchSizes();
        assertEquals(List.of(1, 2, 2, 1), sizes.subList(sizes.size() - 4, sizes.size()));
        assertThrows(BayarException.class, () -> PaymentEngine.builder().maxBatch(0));
    }

    @Test
    void rule5SixtyFourCallersOfOneIdGetOneExecution() throws Exception {
        PaymentEngine engine = start(builder());
        CyclicBarrier together = new CyclicBarrier(64);
        List<CompletableFuture<Receipt>> answers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            CompletableFuture<Receipt> answer = new CompletableFuture<>();
            answers.add(answer);
            Thread thread = new Thread(() -> {
                try {
                    together.await();
                    answer.complete(engine.submit(SHOP, sale("s", 10)).join());
                } catch (Exception e) {
                    answer.completeExceptionally(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }

        List<Receipt> receipts = answers.stream().map(CompletableFuture::join).toList();
        assertEquals(1, receipts.stream().filter(r -> !r.replayed()).count());
        assertEquals(1, receipts.stream().map(Receipt::asReplayed).distinct().count());
        assertEquals(990, balance(engine, "alice"));
    }

    @Test
    void rule1ABusyRequestLeavesTheIdUnused() throws Exception {
        PaymentEngine engine = start(builder().queueCapacity(1));
        store.hold();
        CompletableFuture<Receipt> committing = engine.submit(SHOP, sale("a", 1));
        store.awaitHeld();
        CompletableFuture<Receipt> queued = engine.submit(SHOP, sale("b", 1));
        Receipt busy = engine.submit(SHOP, sale("c", 1)).join();

        assertEquals(Reason.OVERLOADED, busy.reason());
        assertEquals(Retry.SAME_ID, busy.retry());
        assertTrue(busy.retryAfterMillis() > 0);
        store.release(1_000);
        committing.join();
        queued.join();
        Receipt later = engine.submit(SHOP, sale("c", 1)).join();
        assertEquals(Status.APPROVED, later.status());
        assertFalse(later.replayed());
    }

    @Test
    void aRequestWhoseDeadlinePassesInTheQueueIsNotExecuted() throws Exception {
        SteppedClock clock = new SteppedClock();
        PaymentEngine engine = start(builder().clock(clock));
        store.hold();
        CompletableFuture<Receipt> first = engine.submit(SHOP, sale("a", 1));
        store.awaitHeld();
        CompletableFuture<Receipt> late =
                engine.submit(SHOP, sale("b", 1), clock.instant().plusSeconds(30));
        clock.advance(Duration.ofSeconds(31));
        store.release(1_000);

        assertEquals(Status.APPROVED, first.join().status());
        assertEquals(Reason.DEADLINE_EXCEEDED, late.join().reason());
        assertEquals(999, balance(engine, "alice"));
    }

    @Test
    void aStoreThatFailsStopsTheEngineAndLeavesWhatItWroteInDoubt() throws Exception {
        PaymentEngine engine = start(builder());
        store.hold();
        CompletableFuture<Receipt> writing = engine.submit(SHOP, sale("a", 1));
        store.awaitHeld();
        CompletableFuture<Receipt> waiting = engine.submit(SHOP, sale("b", 1));
        store.failBeforeWriting();
        store.release(1_000);

        assertEquals(Reason.STORE_ERROR, writing.join().reason());
        assertEquals(MoneyEffect.UNKNOWN, writing.join().money());
        assertEquals(Retry.SAME_ID, writing.join().retry());
        assertEquals(Reason.ENGINE_STOPPED, waiting.join().reason());
        assertEquals(
                Reason.ENGINE_STOPPED, engine.submit(SHOP, sale("c", 1)).join().reason());
        CompletionException e =
                assertThrows(CompletionException.class, () -> engine.stopped().join());
        assertTrue(e.getCause() instanceof StoreException, e.toString());
        assertEquals(Reason.ENGINE_STOPPED, engine.status().refusing());
        assertThrows(
                CompletionException.class,
                () -> engine.account(AccountId.of("alice")).join());
    }

    @Test
    void whatWasWrittenBeforeTheStoreFailedIsThereAfterARestart() {
        PaymentEngine engine = start(builder());
        store.failAfterWriting();
        assertEquals(Status.IN_DOUBT, engine.submit(SHOP, sale("a", 1)).join().status());
        engine.close();

        HeldStore unharmed = store;
        assertNotNull(unharmed.payment("shop", "a"));
    }

    @Test
    void theStoreHearsOfAWholeBatchBeforeItIsAskedForThePartsOfIt() throws Exception {
        PaymentEngine engine = start(builder());
        List<CompletableFuture<Receipt>> answers = gathered(engine, 3);
        store.looks().clear();
        store.release(1_000);
        answers.forEach(CompletableFuture::join);

        assertEquals(
                List.of("expects q0", "expects q1", "expects q2", "asks for q0", "asks for q1", "asks for q2"),
                store.looks());
    }

    @Test
    void drainAnswersWhatWasTakenAndRefusesWhatComesAfter() throws Exception {
        PaymentEngine engine = start(builder());
        List<CompletableFuture<Receipt>> answers = gathered(engine, 10);
        CompletableFuture<DrainReport> drained =
                CompletableFuture.supplyAsync(() -> engine.drain(Duration.ofSeconds(30)));
        while (engine.status().refusing() == null) {
            Thread.sleep(1);
        }
        Receipt after = engine.submit(SHOP, sale("late", 1)).join();
        store.release(1_000);

        assertEquals(Reason.DRAINING, after.reason());
        answers.forEach(answer -> assertEquals(Status.APPROVED, answer.join().status()));
        DrainReport report = drained.join();
        assertTrue(report.clean());
        assertEquals(11, report.approved());
        assertEquals(1, report.busy());
        assertEquals(0, report.unanswered());
        assertEquals(report, engine.drain(Duration.ZERO), "draining again tells the same");
    }

    @Test
    void anExtensionThatInterruptsItselfGetsTheNextEvents() throws Exception {
        AtomicInteger events = new AtomicInteger();
        PaymentEngine engine = start(builder().extension(new Extension() {
            @Override
            public void onPayment(PaymentEvent event) {
                events.incrementAndGet();
                Thread.currentThread().interrupt();
            }
        }));
        int before = events.get();
        for (int i = 0; i < 3; i++) {
            int paid = i;
            engine.submit(SHOP, sale("i" + i, 1)).join();
            while (events.get() <= before + paid) {
                Thread.sleep(1);
            }
        }
    }

    @Test
    void aTransportThatFailsToEndKeepsNothingElseFromIt() {
        DirectTransport broken = new DirectTransport();
        PaymentEngine engine = start(builder().transport(broken, SHOP));
        Receipt paid = engine.submit(SHOP, sale("a", 1)).join();
        broken.failToEnd();
        DrainReport report = engine.drain(Duration.ofSeconds(1));
        assertFalse(report.clean());
        assertEquals(paid.sequence(), report.lastSequence());
        assertEquals(report, engine.drain(Duration.ZERO), "nobody waits for another end");
        assertTrue(engine.stopped().isDone());
    }

    @Test
    void aCallOfTheHostNeedsTheGrantToo() {
        PaymentEngine engine = start(builder());
        Receipt refused = engine.submit(Principal.named("shop"), sale("s", 1)).join();

        assertEquals(Reason.NOT_PERMITTED, refused.reason());
        assertEquals("payer", refused.field());
        assertNull(store.payment("shop", "s"));
    }

    @Test
    void aCallOfTheHostKeepsToTheLimitsOfMessages() {
        PaymentEngine engine = start(builder());
        PaymentRequest tooLong = PaymentRequest.builder("s", bayar.Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(ONE)
                .metadata(Map.of("note", "v".repeat(257)))
                .build();
        Receipt refused = engine.submit(SHOP, tooLong).join();

        assertEquals(Reason.FORMAT_ERROR, refused.reason());
        assertEquals("metadata", refused.field());
        assertNull(store.payment("shop", "s"));
    }

    @Test
    void limitsHoldFromTheStartOnAlsoForAccountsThatAreThere() {
        PaymentEngine first = start(builder());
        assertEquals(Reason.APPROVED, first.submit(SHOP, sale("s1", 5)).join().reason());
        first.close();
        PaymentEngine second = start(builder().limit(AccountId.of("alice"), Limits.NONE.perPayment(4)));
        assertEquals(
                Reason.LIMIT_PER_PAYMENT,
                second.submit(SHOP, sale("s2", 5)).join().reason());
        second.limit(AccountId.of("alice"), Limits.NONE).join();
        assertEquals(Reason.APPROVED, second.submit(SHOP, sale("s3", 5)).join().reason());
        assertThrows(
                BayarException.class,
                () -> builder()
                        .limit(AccountId.of("nobody"), Limits.NONE.perDay(1))
                        .start());
    }

    @Test
    void operationsAndMethodsThatAreNotOfferedAreRefused() {
        PaymentEngine engine = start(builder());
        PaymentRequest reversal = PaymentRequest.builder("r", bayar.Operation.REVERSAL)
                .payment("p")
                .amount(ONE)
                .build();
        PaymentRequest card = PaymentRequest.builder("c", bayar.Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(ONE)
                .method("card")
                .build();

        assertEquals(
                Reason.OPERATION_UNSUPPORTED,
                engine.submit(SHOP, reversal).join().reason());
        assertEquals(Reason.METHOD_UNKNOWN, engine.submit(SHOP, card).join().reason());
    }

    @Test
    void anAuthorizationExpiresAlsoWhenNothingArrives() throws Exception {
        SteppedClock clock = new SteppedClock();
        List<PaymentEvent> events = new CopyOnWriteArrayList<>();
        PaymentEngine engine = start(builder()
                .clock(clock)
                .authorizationsExpireAfter(Duration.ofHours(1))
                .extension(new Extension() {
                    @Override
                    public void onPayment(PaymentEvent event) {
                        events.add(event);
                    }
                }));
        Receipt held = engine.submit(SHOP, authorize("a", 250)).join();
        assertEquals(MoneyEffect.HELD, held.money());

        clock.advance(Duration.ofHours(1));
        await(() -> events.size() == 3);

        PaymentEvent expiry = events.get(2);
        assertEquals("bayar:ledger", expiry.principal());
        assertEquals("a", expiry.request().payment());
        assertEquals(held.sequence() + 1, expiry.receipt().sequence());
        assertEquals(
                0, engine.account(AccountId.of("alice")).join().orElseThrow().held());
        assertEquals(
                Reason.AUTHORIZATION_EXPIRED,
                engine.submit(SHOP, PaymentRequest.capture("c", "a", ONE))
                        .join()
                        .reason());
    }

    @Test
    void anAuthorizationExpiresAlsoAfterARestart() throws Exception {
        SteppedClock clock = new SteppedClock();
        PaymentEngine first = start(builder().clock(clock));
        first.submit(SHOP, authorize("a", 250)).join();
        first.close();
        clock.advance(Duration.ofDays(7));

        start(builder().clock(clock));
        await(() -> store.account(AccountId.of("alice")).held() == 0);
        assertEquals(250, store.payment("shop", "a").sums().released());
    }

    @Test
    void aReleaseIsMadeBeforeThePaymentsOfItsBatch() {
        SteppedClock clock = new SteppedClock();
        PaymentEngine engine = start(builder().clock(clock));
        engine.submit(SHOP, authorize("a", 1000)).join();
        clock.advance(Duration.ofDays(7));
        assertEquals(
                Reason.APPROVED, engine.submit(SHOP, sale("s", 1000)).join().reason());
    }

    @Test
    void aStoreThatFailsAtAReleaseStopsTheEngine() {
        SteppedClock clock = new SteppedClock();
        PaymentEngine engine = start(builder().clock(clock));
        engine.submit(SHOP, authorize("a", 250)).join();
        store.failBeforeWriting();
        clock.advance(Duration.ofDays(7));

        assertThrows(CompletionException.class, () -> engine.stopped().join());
        assertEquals(250, store.account(AccountId.of("alice")).held());
    }

    @Test
    void verifiersAreAskedInOrderAndTheFirstRefusalIsTheAnswer() {
        List<String> asked = new ArrayList<>();
        PaymentEngine engine = start(builder()
                .verifier((request, context) -> {
                    asked.add("first");
                    return Verdict.accept();
                })
                .verifier((request, context) -> {
                    asked.add("second");
                    return Verdict.refuse("amount", "too much for a Monday");
                })
                .verifier((request, context) -> {
                    asked.add("third");
                    return Verdict.accept();
                }));

        Receipt refused = engine.submit(SHOP, sale("s", 1)).join();

        assertEquals(Reason.NOT_PERMITTED, refused.reason());
        assertEquals("amount", refused.field());
        assertEquals("too much for a Monday", refused.message());
        assertEquals(List.of("first", "second"), asked);
        assertNull(store.payment("shop", "s"));
    }

    @Test
    void aVerifierThatThrowsFailsClosed() {
        PaymentEngine engine = start(builder().verifier((request, context) -> {
            throw new IllegalStateException("no policy loaded");
        }));
        assertEquals(
                Reason.VERIFIER_ERROR, engine.submit(SHOP, sale("s", 1)).join().reason());
        assertEquals(1000, balance(engine, "alice"));
    }

    @Test
    void extensionsSeeEveryRecordedPaymentInOrder() throws Exception {
        List<Long> sequences = new ArrayList<>();
        List<Reason> answers = new ArrayList<>();
        CountDownLatch seen = new CountDownLatch(52);
        PaymentEngine engine = start(builder().extension(new Extension() {
            @Override
            public void onPayment(PaymentEvent event) {
                sequences.add(event.receipt().sequence());
            }

            @Override
            public void onAnswer(AnswerEvent event) {
                answers.add(event.receipt().reason());
                seen.countDown();
            }
        }));
        IntStream.range(0, 50).forEach(i -> engine.submit(SHOP, sale("s" + i, 1)));
        engine.submit(SHOP, sale("s0", 1)).join();
        engine.submit(Principal.named("shop"), sale("x", 1)).join();

        assertTrue(seen.await(30, TimeUnit.SECONDS));
        assertEquals(LongStream.rangeClosed(1, 51).boxed().toList(), sequences, "1 is the opening of alice's account");
        assertTrue(answers.contains(Reason.NOT_PERMITTED));
    }

    @Test
    void extensionsThatThrowHangOrDieHarmNobody() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger seenByTheLast = new AtomicInteger();
        AtomicInteger thrown = new AtomicInteger();
        PaymentEngine engine = start(builder()
                .extensionQueueCapacity(10)
                .extension(new Extension() {
                    @Override
                    public void onPayment(PaymentEvent event) {
                        thrown.incrementAndGet();
                        throw new IllegalStateException("on purpose");
                    }
                })
                .extension(new Extension() {
                    @Override
                    public void onPayment(PaymentEvent event) {
                        Waiting.forLatch(never);
                    }
                })
                .extension(new Extension() {
                    @Override
                    public void onPayment(PaymentEvent event) {
                        throw new OutOfMemoryError("on purpose");
                    }
                })
                .extension(new Extension() {
                    @Override
                    public void onPayment(PaymentEvent event) {
                        seenByTheLast.incrementAndGet();
                    }
                }));
        for (int i = 0; i < 100; i++) {
            assertEquals(
                    Status.APPROVED,
                    engine.submit(SHOP, sale("s" + i, 1)).join().status());
            int expected = i + 2; // the opening of alice's account is an event too
            await(() -> seenByTheLast.get() == expected && thrown.get() == expected);
        }
        assertTrue(engine.status().eventsDropped() > 0, "the hanging one has missed some");
        await(() -> engine.status().eventsFailed() >= 101);
        assertEquals(101, engine.status().eventsFailed());
        never.countDown();
    }

    @Test
    void aSlowExtensionMissesWhatDoesNotFitItsQueue() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger seen = new AtomicInteger();
        PaymentEngine engine = start(builder().extensionQueueCapacity(10).extension(new Extension() {
            @Override
            public void onAnswer(AnswerEvent event) {
                seen.incrementAndGet();
                began.countDown();
                Waiting.forLatch(release);
            }
        }));
        engine.submit(SHOP, sale("first", 1)).join();
        began.await();
        IntStream.range(0, 50)
                .forEach(i -> engine.submit(SHOP, sale("s" + i, 1)).join());
        // Of 51 answers, one in its hands and ten in its queue. The last is told behind its reply.
        await(() -> engine.status().eventsDropped() >= 40);
        release.countDown();
        engine.close();

        assertEquals(40, engine.status().eventsDropped());
        assertEquals(11, seen.get());
    }

    @Test
    void anEngineThatCannotStartSaysWhyAndClosesTheStore() {
        AtomicInteger closed = new AtomicInteger();
        bayar.store.PaymentStore counted = org.mockito.Mockito.mock(bayar.store.PaymentStore.class);
        org.mockito.Mockito.doAnswer(i -> closed.incrementAndGet())
                .when(counted)
                .close();
        BayarException e = assertThrows(
                BayarException.class,
                () -> PaymentEngine.builder()
                        .store(counted)
                        .extension(new Extension() {
                            @Override
                            public void install(Registrar registrar) {
                                throw new BayarException("no configuration at conf/policy.json; write one");
                            }
                        })
                        .start());
        assertEquals("no configuration at conf/policy.json; write one", e.getMessage());
        assertEquals(1, closed.get());
        assertThrows(BayarException.class, () -> PaymentEngine.builder().start());
    }

    @Test
    void accountsAreOpenedOnceAcrossRestarts() {
        MemoryStore kept = new MemoryStore();
        PaymentEngine first = start(PaymentEngine.builder()
                .store(kept)
                .account("alice", Money.of(1000, "MYR"))
                .account("kedai", Money.of(0, "MYR")));
        first.submit(SHOP, sale("s", 400)).join();
        first.close();
        PaymentEngine second = start(PaymentEngine.builder().store(kept).account("alice", Money.of(1000, "MYR")));
        assertEquals(600, balance(second, "alice"));
        second.close();

        BayarException e = assertThrows(
                BayarException.class,
                () -> PaymentEngine.builder()
                        .store(kept)
                        .account("alice", Money.of(1000, "EUR"))
                        .start());
        assertTrue(e.getMessage().contains("alice is open in MYR"), e.getMessage());
    }

    @Test
    void aHeapThatIsFullForAWhileDelaysPaymentsAndLosesNone() {
        PaymentEngine engine = start(builder());
        store.runOutOfMemory(2);
        Receipt receipt = engine.submit(SHOP, sale("s", 1)).join();

        assertEquals(Status.APPROVED, receipt.status());
        assertEquals(2, receipt.sequence());
        assertEquals(999, balance(engine, "alice"));
    }

    @Test
    void anAnswerThatCannotBeGivenStopsNobody() throws Exception {
        AtomicBoolean rejects = new AtomicBoolean();
        PaymentEngine engine = start(builder().callbacks(task -> {
            if (rejects.get()) {
                throw new RejectedExecutionException("shut down");
            }
            task.run();
        }));
        int before = store.batchSizes().size();
        rejects.set(true);
        CompletableFuture<Receipt> lost = engine.submit(SHOP, sale("s", 1));
        await(() -> store.batchSizes().size() == before + 1);
        engine.open(NewAccount.of("later", ONE));
        await(() -> store.batchSizes().size() == before + 2);
        rejects.set(false);
        Receipt again = engine.submit(SHOP, sale("s", 1)).join();

        assertFalse(lost.isDone());
        assertTrue(again.replayed());
        assertEquals(Status.APPROVED, again.status());
    }

    @Test
    void answersComeAlsoWhileTheCommonPoolIsBusyAndCallbacksWaitForEachOther() {
        PaymentEngine engine = start(builder());
        CountDownLatch busy = new CountDownLatch(1);
        for (int i = 0; i < 64; i++) {
            ForkJoinPool.commonPool().execute(() -> Waiting.forLatch(busy));
        }
        CompletableFuture<Receipt> chained = engine.submit(SHOP, sale("s0", 1));
        for (int i = 1; i < 10; i++) {
            String id = "s" + i;
            chained =
                    chained.thenApply(before -> engine.submit(SHOP, sale(id, 1)).join());
        }
        assertEquals(Status.APPROVED, chained.join().status());
        busy.countDown();
        assertEquals(990, balance(engine, "alice"));
    }

    @Test
    void manyAccountsAreOpenedInFewCommits() {
        PaymentEngine.Builder many = builder().queueCapacity(100);
        IntStream.range(0, 950).forEach(i -> many.account("acct-" + i, ONE));
        PaymentEngine engine = start(many);

        assertEquals(1, balance(engine, "acct-949"));
        assertTrue(
                store.batchSizes().size() < 200,
                "commits: " + store.batchSizes().size());
    }

    @Test
    void aStartThatOpensManyAccountsTellsHowFarItIs() {
        PrintStream realErr = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        AtomicLong nanos = new AtomicLong();
        PaymentEngine.Builder builder = builder().nanoTicker(() -> nanos.addAndGet(1_000_000_000L));
        IntStream.range(0, 5000).forEach(i -> builder.account("a-" + i, Money.of(0, "MYR")));
        try {
            System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
            start(builder);
        } finally {
            System.setErr(realErr);
        }
        String lines = written.toString(StandardCharsets.UTF_8);
        assertTrue(lines.contains("starting: 1000 of 5002 accounts are open"), lines);
        assertTrue(lines.contains("starting: 5000 of 5002 accounts are open"), lines);
    }

    private PaymentEngine.Builder builder() {
        return PaymentEngine.builder()
                .store(store)
                .logRequests(false)
                .account("alice", Money.of(1000, "MYR"))
                .account(NewAccount.of("kedai", Money.of(0, "MYR")));
    }

    private PaymentEngine start(PaymentEngine.Builder builder) {
        PaymentEngine engine = builder.start();
        engines.add(engine);
        return engine;
    }

    private static PaymentRequest sale(String id, long minor) {
        return PaymentRequest.sale(id, "alice", "kedai", Money.of(minor, "MYR"));
    }

    private static PaymentRequest authorize(String id, long minor) {
        return PaymentRequest.authorize(id, "alice", "kedai", Money.of(minor, "MYR"));
    }

    private static long balance(PaymentEngine engine, String account) {
        return engine.account(AccountId.of(account)).join().orElseThrow().posted();
    }

    /** One request whose commit is held, and behind it as many as {@code count} that wait for the next batch. */
    private List<CompletableFuture<Receipt>> gathered(PaymentEngine engine, int count) throws InterruptedException {
        store.hold();
        List<CompletableFuture<Receipt>> answers = new ArrayList<>();
        answers.add(engine.submit(SHOP, sale("held", 1)));
        store.awaitHeld();
        for (int i = 0; i < count; i++) {
            answers.add(engine.submit(SHOP, sale("q" + i, 1)));
        }
        return answers;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }
}
