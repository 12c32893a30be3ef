package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Attempt;
import bayar.BlockingProcessor;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Processor;
import bayar.Receipt;
import bayar.Status;
import bayar.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Ten thousand payments at processors at once. */
@Timeout(60)
class ManyInFlightTest {
    private static final int MANY = 10_000;
    private static final Money ONE = Money.of(1, "MYR");
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");

    @Test
    void takeOneThreadWhenTheProcessorIsAsynchronous() throws Exception {
        Held held = new Held();
        int before = Thread.activeCount();
        try (PaymentEngine engine = builder().processor("card", held).start()) {
            List<CompletableFuture<Receipt>> answers = submit(engine);
            held.awaitMany();
            List<String> threads = engineThreads();
            assertEquals(List.of("bayar-committer", "bayar-processors"), threads);
            assertTrue(
                    Thread.activeCount() <= before + 2 + Runtime.getRuntime().availableProcessors(), "and callbacks");
            held.approveAll();
            answers.forEach(
                    answer -> assertEquals(Status.APPROVED, answer.join().status()));
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void takeNoPlatformThreadEachWhenTheProcessorBlocks() throws Exception {
        CountDownLatch begun = new CountDownLatch(MANY);
        CountDownLatch release = new CountDownLatch(1);
        BlockingProcessor blocking = new BlockingProcessor() {
            @Override
            public Outcome process(Payment payment, Attempt attempt) throws InterruptedException {
                begun.countDown();
                release.await();
                return Outcome.approved(payment.amount());
            }

            @Override
            public Outcome inquire(Payment payment, Attempt attempt) {
                return Outcome.notSupported();
            }
        };
        try (PaymentEngine engine = builder().processor("card", blocking).start()) {
            List<CompletableFuture<Receipt>> answers = submit(engine);
            assertTrue(begun.await(30, TimeUnit.SECONDS));
            assertEquals(List.of("bayar-committer", "bayar-processors"), engineThreads());
            assertTrue(Thread.getAllStackTraces().size() < 100, "platform threads");
            release.countDown();
            answers.forEach(
                    answer -> assertEquals(Status.APPROVED, answer.join().status()));
        }
    }

    private static List<String> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("bayar-"))
                .sorted()
                .toList();
    }

    private static List<CompletableFuture<Receipt>> submit(PaymentEngine engine) {
        List<CompletableFuture<Receipt>> answers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            answers.add(engine.submit(
                    SHOP,
                    PaymentRequest.builder("s" + i, Operation.SALE)
                            .payer("alice")
                            .payee("kedai")
                            .amount(ONE)
                            .method("card")
                            .build()));
        }
        return answers;
    }

    private static PaymentEngine.Builder builder() {
        return PaymentEngine.builder()
                .store(new MemoryStore())
                .logRequests(false)
                .account("alice", Money.of(2 * MANY, "MYR"))
                .account("kedai", Money.of(0, "MYR"));
    }

    /** Approves when it is told to. */
    private static final class Held implements Processor {
        private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
            CompletableFuture<Outcome> answer = new CompletableFuture<>();
            held.add(() -> answer.complete(Outcome.approved(payment.amount())));
            count.incrementAndGet();
            return answer;
        }

        @Override
        public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
            return CompletableFuture.completedFuture(Outcome.notSupported());
        }

        void awaitMany() throws InterruptedException {
            while (count.get() < MANY) {
                Thread.sleep(1);
            }
        }

        void approveAll() {
            held.forEach(Runnable::run);
            held.clear();
        }
    }

    /** Prints what ten thousand payments in flight cost, and how long they take at a processor that takes 200 ms each. */
    public static void main(String[] args) throws Exception {
        Held held = new Held();
        try (PaymentEngine engine = builder().processor("card", held).start()) {
            long before = heapBytes();
            for (int i = 0; i < MANY; i++) {
                engine.submit(SHOP, PaymentRequest.sale("t" + i, "alice", "kedai", ONE))
                        .join();
            }
            long recorded = heapBytes() - before;
            List<CompletableFuture<Receipt>> answers = submit(engine);
            held.awaitMany();
            long inFlight = heapBytes() - before - recorded;
            System.out.printf(
                    "heap for each payment: %d bytes in flight, its caller's future and its record included; %d bytes"
                            + " for the record of one in the ledger alone, in a store that keeps them in memory%n",
                    inFlight / MANY, recorded / MANY);
            held.approveAll();
            answers.forEach(CompletableFuture::join);
        }
        ScheduledExecutorService outside = Executors.newSingleThreadScheduledExecutor();
        Processor slow = new Processor() {
            @Override
            public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
                CompletableFuture<Outcome> answer = new CompletableFuture<>();
                outside.schedule(() -> answer.complete(Outcome.approved(payment.amount())), 200, TimeUnit.MILLISECONDS);
                return answer;
            }

            @Override
            public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
                return CompletableFuture.completedFuture(Outcome.notSupported());
            }
        };
        for (int round = 0; round < 5; round++) {
            try (PaymentEngine engine = builder().processor("card", slow).start()) {
                long startNanos = System.nanoTime();
                submit(engine).forEach(CompletableFuture::join);
                System.out.printf(
                        "%d payments at 200 ms each: %d ms, threads %s%n",
                        MANY, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos), engineThreads());
            }
        }
        outside.shutdownNow();
    }

    private static long heapBytes() throws InterruptedException {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(50);
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
