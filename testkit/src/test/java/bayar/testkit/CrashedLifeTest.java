package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Receipt;
import bayar.Status;
import bayar.UnresolvedPayment;
import bayar.engine.PaymentEngine;
import bayar.ledger.Account;
import bayar.ledger.Ledger;
import bayar.ledger.NewAccount;
import bayar.ledger.PaymentRecord;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.testkit.CrashPoints.Life;
import bayar.testkit.CrashPoints.Point;
import bayar.testkit.ScriptedProcessor.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * An authorization, a capture of it whose answer is lost, a refund of that whose call is lost, and a void of the rest: the
 * engine dies at every commit and every call of it all, and its recovery too, and in the end the books agree.
 */
class CrashedLifeTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");
    private static final Duration LIFETIME = Duration.ofDays(3660);

    @Test
    void theLifeOfAPaymentSurvivesEveryCrash() {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<List<Point>> died = CrashPoints.dying(2).each(WholeLife::new, threads);
            long first = died.stream().filter(points -> points.size() == 1).count();
            // Before and after four intents, four outcomes and two doubts; four calls and two inquiries or more.
            assertTrue(first >= 2 * (4 + 4 + 2 + 4 + 2), () -> "died at " + died);
            assertTrue(died.stream().anyMatch(points -> points.size() == 2));
        } finally {
            threads.shutdownNow();
        }
    }

    private static final class WholeLife implements CrashPoints.Run {
        private static final List<PaymentRequest> REQUESTS = List.of(
                PaymentRequest.builder("authorize", Operation.AUTHORIZE)
                        .payer("alice")
                        .payee("kedai")
                        .amount(myr(100))
                        .method("card")
                        .build(),
                PaymentRequest.capture("capture", "authorize", myr(40)),
                PaymentRequest.refund("refund", "authorize", myr(15)),
                PaymentRequest.voidOf("void", "authorize"));

        private final MemoryStore committed = new MemoryStore();
        private final SettableClock clock = SettableClock.at(Instant.parse("2026-11-23T12:00:00Z"));
        private final ScriptedProcessor card = new ScriptedProcessor()
                .next(Behavior.approves(), Behavior.failsAfterTheEffect(), Behavior.failsBeforeTheEffect());
        /** What the client was told for good, in whichever life. */
        private final Map<String, Receipt> told = new LinkedHashMap<>();

        private List<UnresolvedPayment> unresolved = List.of();

        WholeLife() {
            Ledger ledger = new Ledger(committed, 0, 0, LIFETIME);
            ledger.open(NewAccount.of("alice", myr(100)), clock.millis());
            ledger.open(NewAccount.of("kedai", myr(0)), clock.millis());
            committed.commit(ledger.changes());
        }

        @Override
        public PaymentStore open() {
            return committed;
        }

        @Override
        public void live(Life life) {
            PaymentEngine engine = PaymentEngine.builder()
                    .store(life.store())
                    .processor("card", life.processor(card))
                    .clock(clock)
                    .nanoTicker(clock.nanoTicker())
                    .authorizationsExpireAfter(LIFETIME)
                    .logRequests(false)
                    .start();
            try {
                for (PaymentRequest request : REQUESTS) {
                    pay(engine, life, request);
                }
                List<UnresolvedPayment> open = await(engine.unresolved(10), life);
                unresolved = open == null ? unresolved : open;
            } finally {
                engine.drain(Duration.ofMillis(1));
            }
        }

        /** The client's rule: the same id until there is an outcome. */
        private void pay(PaymentEngine engine, Life life, PaymentRequest request) {
            while (!life.isOver()) {
                Receipt receipt = await(engine.submit(SHOP, request), life);
                if (receipt != null && receipt.status().isFinal()) {
                    Receipt before = told.putIfAbsent(request.id(), receipt.asReplayed());
                    assertTrue(before == null || before.equals(receipt.asReplayed()), () -> before + " " + receipt);
                    return;
                }
                List<UnresolvedPayment> open = await(engine.unresolved(1), life);
                Instant next =
                        open == null || open.isEmpty() ? null : open.get(0).nextTry();
                if (next != null && next.isAfter(clock.instant())) {
                    clock.set(next);
                }
                LockSupport.parkNanos(100_000);
            }
        }

        private static <T> T await(CompletableFuture<T> answer, Life life) {
            while (!answer.isDone()) {
                if (life.isOver()) {
                    return null;
                }
                LockSupport.parkNanos(100_000);
            }
            return life.isOver() ? null : answer.join();
        }

        @Override
        public void check() {
            assertEquals(List.of(), unresolved);
            Map<String, Long> done = new LinkedHashMap<>();
            for (PaymentRequest request : REQUESTS) {
                PaymentRecord record = committed.payment("shop", request.id());
                assertNotNull(record, request.id());
                Receipt receipt = told.get(request.id());
                assertNotNull(receipt, request.id());
                assertEquals(receipt, Ledger.receipt(record).asReplayed());
                boolean isDone = receipt.status() == Status.APPROVED;
                List<Entry> entries = card.entries().stream()
                        .filter(entry -> entry.type() == request.type())
                        .toList();
                assertEquals(
                        isDone ? 1 : 0, entries.stream().mapToInt(Entry::times).sum(), receipt.toString());
                done.put(request.id(), isDone ? entries.get(0).amount().minor() : 0);
            }
            long authorized = done.get("authorize");
            long captured = done.get("capture");
            long refunded = done.get("refund");
            long released = done.get("void");
            assertEquals(
                    new PaymentSums(authorized, captured, released, refunded, 0, 0),
                    committed.payment("shop", "authorize").sums());
            assertAccount("alice", 100 - captured + refunded, authorized - captured - released);
            assertAccount("kedai", captured - refunded, 0);
        }

        private void assertAccount(String name, long posted, long held) {
            Account account = committed.account(AccountId.of(name));
            assertNotNull(account, name);
            assertEquals(List.of(posted, held), List.of(account.posted(), account.held()), name);
        }

        private static Money myr(long minor) {
            return Money.of(minor, "MYR");
        }
    }
}
