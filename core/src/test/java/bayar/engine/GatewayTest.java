package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Verdict;
import bayar.auth.Key;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.codec.RequestWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

@Timeout(60)
class GatewayTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice");
    private static final KeySet KEYS = KeySet.of(
            Key.hs256("k1", SHOP, "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII)),
            Key.ed25519Private("k2", SHOP, "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII)),
            Key.hs256("old", SHOP, "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII))
                    .asRevoked());
    private static final ObjectMapper JSON = new ObjectMapper();

    private final DirectTransport transport = new DirectTransport();
    private final DirectTransport open = new DirectTransport();
    private final HeldStore store = new HeldStore();
    private final List<PaymentEngine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        store.release(1_000_000);
        engines.forEach(PaymentEngine::close);
    }

    @Test
    void aSignedPaymentIsExecutedAndAnswered() {
        PaymentEngine engine = start();
        JsonNode reply = send(signed("k1", sale("s")));

        assertEquals("s", reply.get("id").asString());
        assertEquals("approved", reply.get("status").asString());
        assertEquals("moved", reply.get("money").asString());
        assertEquals("never", reply.get("retry").asString());
        assertFalse(reply.get("replayed").asBoolean());
        assertEquals(2, reply.get("sequence").asLong());
        assertEquals(10, reply.get("amount").asLong());
        assertEquals("MYR", reply.get("currency").asString());
        assertEquals("2026-11-23T12:00:00.000Z", reply.get("time").asString());
        assertEquals(10, balance(engine, "kedai"));
    }

    @Test
    void thePublicKeySignatureIsCheckedOnAWorker() {
        start();
        assertEquals("approved", send(signed("k2", sale("s"))).get("status").asString());
    }

    @Test
    void aSignatureThatDoesNotFitIsRefusedWithTheIdItClaims() {
        PaymentEngine engine = start();
        byte[] message = signed("k1", sale("s"));
        message[message.length - 1] ^= 1;
        JsonNode reply = send(message);

        assertEquals("rejected", reply.get("status").asString());
        assertEquals("signature_invalid", reply.get("reason").asString());
        assertEquals("s", reply.get("id").asString());
        assertEquals(0, balance(engine, "kedai"));
        assertEquals("approved", send(signed("k1", sale("s"))).get("status").asString(), "the id is unused");
    }

    @Test
    void aRevokedKeyIsRefused() {
        start();
        assertEquals("key_revoked", send(signed("old", sale("s"))).get("reason").asString());
    }

    @Test
    void whatIsStaleOrPastItsDeadlineIsRefused() {
        start();
        assertEquals(
                "stale", send(sign("k1", sale("s"), -301, 30)).get("reason").asString());
        assertEquals("stale", send(sign("k1", sale("s"), 61, 90)).get("reason").asString());
        assertEquals(
                "deadline_exceeded",
                send(sign("k1", sale("s"), -20, -1)).get("reason").asString());
        assertEquals(
                "approved", send(sign("k1", sale("s"), -299, 30)).get("status").asString());
    }

    @Test
    void unsignedMessagesPassOnlyWhereTheHostSaysSo() {
        PaymentEngine engine = start();
        byte[] unsigned = new RequestWriter().write(sale("s"), NOON.getEpochSecond(), NOON.getEpochSecond() + 30);

        assertEquals("format_error", send(unsigned).get("reason").asString());
        assertEquals(0, balance(engine, "kedai"));
        byte[] stale = new RequestWriter().write(sale("s"), NOON.getEpochSecond() - 301, NOON.getEpochSecond() + 30);
        assertEquals("stale", json(open.send(stale)).get("reason").asString());
        assertEquals("approved", json(open.send(unsigned)).get("status").asString());
        assertEquals(
                "approved",
                json(open.send(signed("k1", sale("t")))).get("status").asString());
    }

    @Test
    void aBrokenMessageIsAnsweredWithoutAnId() {
        start();
        JsonNode reply = send("what?".getBytes(StandardCharsets.UTF_8));
        assertTrue(reply.get("id").isNull());
        assertEquals("format_error", reply.get("reason").asString());
    }

    @Test
    void hostVerifiersRunOffTheEventLoop() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        List<String> threads = new ArrayList<>();
        PaymentEngine engine = builder()
                .verifier((request, context) -> {
                    threads.add(Thread.currentThread().getName());
                    asked.countDown();
                    Waiting.forLatch(release);
                    return Verdict.accept();
                })
                .start();
        engines.add(engine);

        CompletableFuture<String> reply = transport.send(signed("k1", sale("s")));
        asked.await();
        assertFalse(reply.isDone());
        release.countDown();
        assertEquals("approved", json(reply).get("status").asString());
        assertTrue(threads.get(0).startsWith("bayar-worker"), threads.toString());
    }

    @Test
    void verifiersThatHangMakeOthersBusyAndTheIdIsTold() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        PaymentEngine engine = builder()
                .workers(1)
                .workerQueueCapacity(1)
                .verifier((request, context) -> {
                    Waiting.forLatch(release);
                    return Verdict.accept();
                })
                .start();
        engines.add(engine);
        CompletableFuture<String> hanging = transport.send(signed("k1", sale("hanging")));
        CompletableFuture<String> waiting = transport.send(signed("k1", sale("waiting")));
        JsonNode busy = send(signed("k1", sale("busy")));

        assertEquals("overloaded", busy.get("reason").asString());
        assertEquals("busy", busy.get("id").asString());
        release.countDown();
        assertEquals("approved", json(hanging).get("status").asString());
        assertEquals("approved", json(waiting).get("status").asString());
    }

    @Test
    void aPrincipalWithTooManyConnectionsIsBusy() {
        start();
        transport.refuseNames();
        JsonNode reply = send(signed("k1", sale("s")));
        assertEquals("busy", reply.get("status").asString());
        assertEquals("overloaded", reply.get("reason").asString());
        assertTrue(reply.get("retryAfterMillis").asLong() > 0);
    }

    @Test
    void whileTooMuchWaitsWhoeverHasMoreThanTheirShareIsNotReadOrIsTurnedAway() throws Exception {
        AtomicLong nanos = new AtomicLong();
        PaymentEngine engine = builder().nanoTicker(nanos::get).start();
        engines.add(engine);
        store.hold();
        List<CompletableFuture<String>> accepted = new ArrayList<>();
        accepted.add(transport.send(signed("k1", sale("first"))));
        store.awaitHeld();
        sendMany(accepted, "a", 2400);
        nanos.addAndGet(1_000_000_000L);
        store.release(1);
        while (engine.status().queued() > 0) {
            Thread.sleep(1);
        }
        // These were taken after they had waited for a second, so that from now on half as many may wait.
        transport.unanswered(1201);
        assertEquals(Integer.MAX_VALUE, transport.mostUnanswered(), "nothing waits");
        sendMany(accepted, "b", 1201);
        assertEquals(1200, transport.mostUnanswered(), "its share, of which a transport reads no more");

        byte[] broken = signed("k1", sale("c"));
        broken[broken.length - 1] ^= 1;
        JsonNode refused = send(broken);
        assertEquals("overloaded", refused.get("reason").asString(), "before its signature was looked at");
        assertEquals("c", refused.get("id").asString());
        assertTrue(refused.get("retryAfterMillis").asLong() > 0);
        byte[] late = sign("k1", sale("d"), -20, 0);
        late[late.length - 1] ^= 1;
        assertEquals("deadline_exceeded", send(late).get("reason").asString());
        CompletableFuture<String> inquiry = transport.send(signed("k1", PaymentRequest.inquiry("q", "first")));
        transport.unanswered(1200);
        accepted.add(transport.send(signed("k1", sale("e"))));

        store.release(1_000_000);
        for (CompletableFuture<String> reply : accepted) {
            assertEquals("approved", json(reply).get("status").asString());
        }
        assertEquals("approved", json(inquiry).get("status").asString());
        transport.unanswered(1201);
        assertEquals("approved", send(signed("k1", sale("c"))).get("status").asString(), "its id is unused");
    }

    @Test
    void whereOneMessageIsLateTheNextOnesAreNotVerifiedInVain() {
        start();
        byte[] broken = sign("k1", sale("a"), -20, 0);
        broken[broken.length - 1] ^= 1;
        assertEquals("signature_invalid", send(broken).get("reason").asString());
        assertEquals(
                "deadline_exceeded",
                send(sign("k1", sale("b"), -20, 0)).get("reason").asString());
        assertEquals("deadline_exceeded", send(broken).get("reason").asString());
        for (int i = 0; i < 64; i++) {
            assertEquals(
                    "approved", send(signed("k1", sale("c" + i))).get("status").asString());
        }
        assertEquals("signature_invalid", send(broken).get("reason").asString());
    }

    private void sendMany(List<CompletableFuture<String>> replies, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            replies.add(transport.send(signed("k1", sale(prefix + i))));
        }
    }

    @Test
    void n13RepliesOfOneBatchWakeTheirLoopOnce() throws Exception {
        start();
        store.hold();
        CompletableFuture<String> first = transport.send(signed("k1", sale("first")));
        store.awaitHeld();
        List<CompletableFuture<String>> rest = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            rest.add(transport.send(signed("k1", sale("s" + i))));
        }
        int before = transport.wakes();
        store.release(1_000_000);
        first.join();
        rest.forEach(CompletableFuture::join);
        while (transport.wakes() - before < 2) {
            Thread.sleep(1);
        }
        assertEquals(2, transport.wakes() - before, "one for each batch");
    }

    @Test
    void aTransportThatFailsToReplyLosesTheReplyAndNothingElse() {
        PaymentEngine engine = start();
        transport.failToReply(true);
        transport.send(signed("k1", sale("s")));
        assertEquals(10, balance(engine, "kedai"));
        transport.failToReply(false);
        JsonNode again = send(signed("k1", sale("s")));
        assertTrue(again.get("replayed").asBoolean());
        assertEquals("approved", again.get("status").asString());
    }

    @Test
    void aTransportThatCannotBeWokenStopsNobodyAndGetsOneAnswerOnly() {
        PaymentEngine engine = start();
        transport.failToWake(true);
        JsonNode first = send(signed("k1", sale("s")));
        assertEquals("approved", first.get("status").asString());
        transport.failToWake(false);
        JsonNode again = send(signed("k1", sale("s")));
        assertTrue(again.get("replayed").asBoolean());
        assertEquals(10, balance(engine, "kedai"));
    }

    private PaymentEngine start() {
        PaymentEngine engine = builder().start();
        engines.add(engine);
        return engine;
    }

    private PaymentEngine.Builder builder() {
        return PaymentEngine.builder()
                .store(store)
                .keys(KEYS)
                .logRequests(false)
                .clock(Clock.fixed(NOON, ZoneOffset.UTC))
                .account("alice", Money.of(100_000, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .transport(transport)
                .transport(open, SHOP);
    }

    private JsonNode send(byte[] message) {
        return json(transport.send(message));
    }

    private static JsonNode json(CompletableFuture<String> reply) {
        return JSON.readTree(reply.join());
    }

    private static PaymentRequest sale(String id) {
        return PaymentRequest.sale(id, "alice", "kedai", Money.of(10, "MYR"));
    }

    private static byte[] signed(String kid, PaymentRequest request) {
        return sign(kid, request, 0, 30);
    }

    private static byte[] sign(String kid, PaymentRequest request, long issuedAfterNoon, long expiresAfterNoon) {
        long noon = NOON.getEpochSecond();
        byte[] payload = new RequestWriter().write(request, noon + issuedAfterNoon, noon + expiresAfterNoon);
        return Signer.of(KEYS, kid).sign(payload);
    }

    private static long balance(PaymentEngine engine, String account) {
        return engine.account(AccountId.of(account)).join().orElseThrow().posted();
    }
}
