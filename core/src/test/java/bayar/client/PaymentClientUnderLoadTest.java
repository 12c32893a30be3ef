package bayar.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** With real threads, against an engine whose network loses, delays, repeats and breaks whatever it can. */
class PaymentClientUnderLoadTest {
    private static final int SENDERS = 4;
    private static final int REQUESTS_PER_SENDER = 500;

    private final ScriptedServer server = new ScriptedServer();
    private final Map<String, Receipt> executed = new ConcurrentHashMap<>();
    private final AtomicInteger troubles = new AtomicInteger();

    @Test
    void everyRequestGetsItsOneOutcomeThroughABadNetwork() throws Exception {
        long seed = new Random().nextLong();
        ExecutorService network = Executors.newFixedThreadPool(2);
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        server.script = badNetwork(new Random(seed), network);
        CountDownLatch sent = new CountDownLatch(SENDERS);
        List<CompletableFuture<Receipt>> futures = new ArrayList<>();
        try (PaymentClient client = PaymentClient.builder(server, ScriptedServer.SIGNER)
                .replyTimeout(Duration.ofMillis(50))
                .backoff(Duration.ofMillis(1), Duration.ofMillis(10))
                .maxInFlight(SENDERS * REQUESTS_PER_SENDER)
                .maxTries(10_000)
                .deadline(Duration.ofMinutes(1))
                .build()) {
            for (int sender = 0; sender < SENDERS; sender++) {
                int number = sender;
                senders.execute(() -> {
                    for (int i = 0; i < REQUESTS_PER_SENDER; i++) {
                        CompletableFuture<Receipt> future = client.send(PaymentClientTest.sale(number + "-" + i));
                        synchronized (futures) {
                            futures.add(future);
                        }
                    }
                    sent.countDown();
                });
            }
            assertTrue(sent.await(30, TimeUnit.SECONDS));
            for (CompletableFuture<Receipt> future : futures) {
                Receipt receipt = future.get(60, TimeUnit.SECONDS);
                assertEquals(executed.get(receipt.id()), receipt, "seed " + seed);
            }
        } finally {
            senders.shutdownNow();
            network.shutdownNow();
        }
        assertEquals(SENDERS * REQUESTS_PER_SENDER, executed.size());
        assertTrue(troubles.get() > 100, "the network was too good: " + troubles);
    }

    private ScriptedServer.Script badNetwork(Random random, ExecutorService network) {
        return arrival -> {
            int luck = random.nextInt(100);
            if (luck < 40) {
                troubles.incrementAndGet();
            }
            if (luck < 10) {
                return;
            }
            Receipt receipt = luck < 20 ? busy(arrival.request()) : execute(arrival.request());
            if (luck < 30 && luck >= 20) {
                return;
            }
            if (luck == 31) {
                network.execute(arrival.wire()::hangUp);
            } else if (luck == 32) {
                arrival.wire().cut();
            }
            int times = luck >= 33 && luck < 40 && receipt.reason() == Reason.APPROVED ? 2 : 1;
            for (int i = 0; i < times; i++) {
                network.execute(() -> arrival.answer(receipt));
            }
        };
    }

    private Receipt execute(PaymentRequest request) {
        return executed.computeIfAbsent(
                request.id(),
                id -> new Receipt(
                        id,
                        Reason.APPROVED,
                        MoneyEffect.MOVED,
                        false,
                        executed.size() + 1,
                        Money.of(1250, "MYR"),
                        Instant.EPOCH,
                        null,
                        null,
                        0,
                        null));
    }

    private static Receipt busy(PaymentRequest request) {
        return Receipt.refused(request.id(), Refusal.of(Reason.OVERLOADED), 2);
    }
}
