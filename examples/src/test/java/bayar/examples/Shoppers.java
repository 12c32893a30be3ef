package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Status;
import bayar.auth.Signer;
import bayar.client.PaymentClient;
import bayar.transport.tcp.TcpDialer;
import bayar.transport.websocket.WebSocketDialer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Customers who pay by card, and now and then inside the ledger, over both transports. Each sends a request with the same
 * id until it has a final answer, also to the next server, and goes on with the payment only then. What each does
 * follows from the seed. One thread brings them servers.
 */
final class Shoppers {
    private static final int AT_A_TIME = 16;
    private static final int ASKED_TOGETHER = 500;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Signer signer;
    private final long seed;
    private final Queue<Visit> waiting = new ConcurrentLinkedQueue<>();
    private final Map<String, PaymentRequest> sent = new ConcurrentHashMap<>();
    private final Map<String, Receipt> outcomes = new ConcurrentHashMap<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Semaphore answers = new Semaphore(0);
    private final AtomicInteger mayCome = new AtomicInteger();
    private final AtomicInteger came = new AtomicInteger();
    private final List<PaymentClient> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isOpen;

    Shoppers(Signer signer, long seed) {
        this.signer = signer;
        this.seed = seed;
    }

    /** Has them pay at this server, with at most so many new ones; those who know no outcome yet come first. */
    void open(ServerProcess server, int newcomers) {
        Duration briefly = Duration.ofMillis(1_500);
        clients.add(client(server, "tcp", briefly));
        clients.add(client(server, "ws", briefly));
        mayCome.set(newcomers);
        answers.drainPermits();
        isOpen = true;
        for (int i = 0; i < AT_A_TIME; i++) {
            PaymentClient client = clients.get(i % clients.size());
            Thread thread = new Thread(() -> serve(client), "shopper-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    /** Waits until so many final answers have come since {@link #open} or this returned last, or the time is over. */
    void awaitAnswers(int count, Duration atMost) throws InterruptedException {
        if (!answers.tryAcquire(count, atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            answers.drainPermits();
        }
    }

    /** Sends them away; what has no answer now is asked again later. */
    void close() throws InterruptedException {
        isOpen = false;
        clients.forEach(PaymentClient::close);
        for (Thread thread : threads) {
            thread.join();
        }
        clients.clear();
        threads.clear();
        assertEquals(List.of(), List.copyOf(failures));
    }

    /** Asks for everything that was ever sent until it has its final answer, which is the one that was told before. */
    void askAll(ServerProcess server) {
        try (PaymentClient client = client(server, "tcp", PATIENCE)) {
            List<PaymentRequest> all = List.copyOf(sent.values());
            for (int from = 0; from < all.size(); from += ASKED_TOGETHER) {
                List<CompletableFuture<Receipt>> asked =
                        all.subList(from, Math.min(all.size(), from + ASKED_TOGETHER)).stream()
                                .map(client::send)
                                .toList();
                asked.forEach(answer -> remember(answer.join()));
            }
        }
    }

    /** All final answers, by id. */
    Map<String, Receipt> outcomes() {
        return outcomes;
    }

    private PaymentClient client(ServerProcess server, String scheme, Duration deadline) {
        String url = server.url(scheme);
        return PaymentClient.builder(
                        scheme.equals("ws")
                                ? WebSocketDialer.to(url)
                                : TcpDialer.to("127.0.0.1", URI.create(url).getPort()),
                        signer)
                .replyTimeout(Duration.ofSeconds(1))
                .deadline(deadline)
                .maxTries(Integer.MAX_VALUE)
                .build();
    }

    private void serve(PaymentClient client) {
        try {
            Visit visit = next();
            while (isOpen && visit != null) {
                Receipt answer = send(client, visit.request);
                if (answer != null && answer.status().isFinal()) {
                    remember(answer);
                    answers.release();
                    visit.goOn(answer);
                }
                if (!visit.isOver) {
                    waiting.add(visit);
                }
                visit = next();
            }
            if (visit != null) {
                waiting.add(visit);
            }
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            failures.add(e);
        }
    }

    private @Nullable Visit next() {
        Visit visit = waiting.poll();
        if (visit == null && mayCome.getAndDecrement() > 0) {
            int number = came.getAndIncrement();
            visit = new Visit("v" + number, new Random(seed + number));
        }
        return visit;
    }

    /** The answer, or null when there was none. */
    private @Nullable Receipt send(PaymentClient client, PaymentRequest request) throws InterruptedException {
        sent.put(request.id(), request);
        try {
            Receipt answer = client.send(request).get();
            assertTrue(answer.status() != Status.REJECTED, answer.toString());
            return answer;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BayarException) {
                return null;
            }
            throw new AssertionError(e);
        }
    }

    private void remember(Receipt answer) {
        assertTrue(answer.status().isFinal(), answer.toString());
        Receipt before = outcomes.putIfAbsent(String.valueOf(answer.id()), answer.asReplayed());
        if (before != null) {
            assertEquals(before, answer.asReplayed(), "a final answer has changed");
        }
    }

    /** What one customer does: a request after the other, each once the one before was approved. */
    private static final class Visit {
        private final String name;
        private final Random random;
        private int step;
        private long free;
        private long refundable;
        private PaymentRequest request;
        private boolean isOver;

        Visit(String name, Random random) {
            this.name = name;
            this.random = random;
            Money amount = Money.of(100 + random.nextInt(900), "MYR");
            int kind = random.nextInt(10);
            request = switch (kind) {
                case 0 -> PaymentRequest.sale(name, "alice", "kedai", amount);
                case 1 -> PaymentRequest.transfer(name, "alice", "kedai", amount);
                default ->
                    PaymentRequest.builder(name, kind < 6 ? Operation.SALE : Operation.AUTHORIZE)
                            .payer("cards")
                            .payee("kedai")
                            .amount(amount)
                            .method("card")
                            .build();
            };
        }

        void goOn(Receipt answer) {
            boolean isByCard = request.type() != Operation.TRANSFER
                    && !(request.method().equals(PaymentRequest.LEDGER) && request.type() == Operation.SALE);
            if (answer.status() != Status.APPROVED || !isByCard) {
                isOver = true;
                return;
            }
            long minor = request.amount() == null ? 0 : request.amount().minor();
            switch (request.type()) {
                case SALE -> refundable = minor;
                case AUTHORIZE -> free = minor;
                case CAPTURE -> {
                    refundable += minor;
                    free = request.isFinal() ? 0 : free - minor;
                }
                case VOID -> free = 0;
                default -> refundable -= minor;
            }
            PaymentRequest next = next();
            isOver = next == null;
            request = next == null ? request : next;
        }

        private @Nullable PaymentRequest next() {
            String id = name + "-" + ++step;
            int choice = random.nextInt(10);
            if (free > 0 && choice < 6) {
                return PaymentRequest.builder(id, Operation.CAPTURE)
                        .payment(name)
                        .amount(part(free))
                        .isFinal(choice < 2)
                        .build();
            }
            if (free > 0 && choice < 8) {
                return PaymentRequest.voidOf(id, name);
            }
            return refundable > 0 && choice % 2 == 0 ? PaymentRequest.refund(id, name, part(refundable)) : null;
        }

        /** All of it, or less. */
        private Money part(long minor) {
            return Money.of(random.nextInt(4) == 0 ? minor : 1 + random.nextInt((int) minor), "MYR");
        }
    }
}
