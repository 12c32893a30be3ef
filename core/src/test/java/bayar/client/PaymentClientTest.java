package bayar.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSummary;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In one thread, with time that stands still: what happens is in the script, and nothing else. */
class PaymentClientTest {
    private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final SettableTime time = new SettableTime();
    private final ScriptedServer server = new ScriptedServer();
    private final PaymentClient client = PaymentClient.builder(server, ScriptedServer.SIGNER)
            .clock(time.clock())
            .timers(time)
            .sender(Runnable::run)
            .callbacks(Runnable::run)
            .random(new Random(1))
            .replyTimeout(REPLY_TIMEOUT)
            .deadline(DEADLINE)
            .build();

    @Test
    void aRequestIsSignedSentAndAnswered() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        ScriptedServer.Arrival arrival = server.lastArrival();
        assertEquals(sale("p-1"), arrival.request());
        assertEquals(time.clock().instant().getEpochSecond(), arrival.issuedAt());
        assertEquals(arrival.issuedAt() + 30, arrival.expiresAt());
        assertFalse(future.isDone());
        arrival.answer(approved("p-1"));
        assertEquals(approved("p-1"), future.getNow(null));
        assertEquals(0, time.pending(), "timers left behind");
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"INSUFFICIENT_FUNDS", "ORIGINAL_NOT_FOUND", "ID_REUSED", "STALE", "NOT_PERMITTED", "FORMAT_ERROR"})
    void aNoIsAnOutcomeToo(Reason reason) {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        server.lastArrival().answer(receipt("p-1", reason));
        assertEquals(receipt("p-1", reason), future.getNow(null));
        assertEquals(1, server.arrivals.size());
    }

    @Test
    void manyRequestsShareOneConnectionAndAnswersComeInAnyOrder() {
        List<CompletableFuture<Receipt>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(client.send(sale("p-" + i)));
        }
        assertEquals(1, server.wires.size());
        assertEquals(100, server.arrivals.size());
        List<ScriptedServer.Arrival> shuffled = new ArrayList<>(server.arrivals);
        Collections.shuffle(shuffled, new Random(7));
        shuffled.forEach(arrival -> arrival.answer(approved(arrival.request().id())));
        for (int i = 0; i < 100; i++) {
            assertEquals("p-" + i, futures.get(i).getNow(null).id());
        }
        assertEquals(0, time.pending());
    }

    @Test
    void anAnswerThatComesTwiceIsTakenOnce() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        server.lastArrival().answer(approved("p-1"));
        server.lastArrival().answer(receipt("p-1", Reason.INSUFFICIENT_FUNDS));
        server.lastArrival().answer(approved("nobody"));
        assertEquals(Reason.APPROVED, future.getNow(null).reason());
    }

    @Test
    void silenceMeansTheSameIdOnANewConnectionSignedAfresh() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        ScriptedServer.Arrival first = server.lastArrival();
        time.advance(REPLY_TIMEOUT.minusMillis(1));
        assertEquals(1, server.arrivals.size());
        time.advance(SECOND);
        assertEquals(List.of("p-1", "p-1"), server.arrivedIds());
        assertTrue(first.wire().isClosedByClient);
        assertEquals(first.issuedAt() + 5, server.lastArrival().issuedAt());
        server.lastArrival().answer(approved("p-1"));
        assertTrue(future.isDone());
    }

    @Test
    void silenceForOneRequestAloneKeepsTheConnection() {
        CompletableFuture<Receipt> silent = client.send(sale("p-1"));
        client.send(sale("p-2"));
        server.lastArrival().answer(approved("p-2"));
        time.advance(REPLY_TIMEOUT);
        assertEquals(List.of("p-1", "p-2", "p-1"), server.arrivedIds());
        assertEquals(1, server.wires.size());
        server.lastArrival().answer(approved("p-1"));
        assertTrue(silent.isDone());
    }

    @Test
    void aLateAnswerToAnEarlierTryCounts() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        ScriptedServer.Arrival first = server.lastArrival();
        time.advance(REPLY_TIMEOUT.plus(SECOND));
        first.answer(approved("p-1"));
        assertEquals(approved("p-1"), future.getNow(null));
        assertEquals(0, time.pending());
    }

    @Test
    void aLostConnectionIsMadeAgainAndEverythingUnansweredSentAgain() {
        List<CompletableFuture<Receipt>> futures =
                List.of(client.send(sale("p-1")), client.send(sale("p-2")), client.send(sale("p-3")));
        server.arrivals.get(1).answer(approved("p-2"));
        server.lastWire().hangUp();
        assertEquals(List.of("p-1", "p-2", "p-3", "p-1", "p-3"), server.arrivedIds());
        assertEquals(2, server.wires.size());
        server.arrivals.get(3).answer(approved("p-1"));
        server.arrivals.get(4).answer(approved("p-3"));
        futures.forEach(
                future -> assertEquals(Reason.APPROVED, future.getNow(null).reason()));
    }

    @Test
    void aConnectionThatBreaksOnSendingIsMadeAgain() {
        client.send(sale("p-1"));
        server.lastArrival().answer(approved("p-1"));
        server.lastWire().cut();
        CompletableFuture<Receipt> future = client.send(sale("p-2"));
        assertEquals(2, server.wires.size());
        server.lastArrival().answer(approved("p-2"));
        assertEquals(approved("p-2"), future.getNow(null));
    }

    @Test
    void anEngineThatIsDownIsTriedAgainAtGrowingIntervals() {
        server.isDown = true;
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(Duration.ofSeconds(20));
        assertTrue(server.refusedDials >= 10 && server.refusedDials <= 30, "dials: " + server.refusedDials);
        server.isDown = false;
        time.advance(Duration.ofSeconds(2));
        server.lastArrival().answer(approved("p-1"));
        assertTrue(future.isDone());
    }

    @Test
    void anEngineThatHangsUpAtOnceIsNotPestered() {
        server.hangsUpAtOnce = true;
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE);
        assertTrue(server.wires.size() >= 10 && server.wires.size() <= 40, "dials: " + server.wires.size());
        assertUnknown(future, "p-1");
        assertTrue(server.wires.stream().allMatch(wire -> wire.isClosedByClient));
    }

    @Test
    void aConnectionThatDropsEveryRequestIsNotPesteredEither() {
        server.script = arrival -> arrival.wire().hangUp();
        List<CompletableFuture<Receipt>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(client.send(sale("p-" + i)));
        }
        time.advance(DEADLINE);
        assertTrue(server.wires.size() >= 10 && server.wires.size() <= 40, "dials: " + server.wires.size());
        assertUnknown(futures.get(0), "p-0");
    }

    @Test
    void aRequestThatCostsEachConnectionIsNotSentFasterAndFaster() {
        server.script = arrival -> {
            arrival.answer(approved("another"));
            arrival.wire().hangUp();
        };
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE);
        assertTrue(server.arrivals.size() >= 10 && server.arrivals.size() <= 40, "tries: " + server.arrivals.size());
        assertUnknown(future, "p-1");
    }

    @Test
    void whatIsNeverAnsweredEndsAtTheDeadlineWithTheIdAndTheCure() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE.minusMillis(1));
        assertFalse(future.isDone());
        time.advance(Duration.ofMillis(1));
        OutcomeUnknownException unknown = assertUnknown(future, "p-1");
        assertTrue(unknown.getMessage().contains("send the same request again"), unknown.getMessage());
        assertNull(unknown.lastReceipt());
        assertEquals(0, time.pending());
    }

    @Test
    void whatWasNeverSentIsSaidToBeSo() {
        server.isDown = true;
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE);
        OutcomeUnknownException unknown = assertUnknown(future, "p-1");
        assertTrue(unknown.getMessage().contains("it was never sent"), unknown.getMessage());
        assertTrue(unknown.getMessage().contains("connection refused"), unknown.getMessage());
    }

    @Test
    void busyIsSentAgainNoSoonerThanAsked() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        server.lastArrival().answer(busy("p-1", 3_000));
        time.advance(Duration.ofMillis(2_999));
        assertEquals(1, server.arrivals.size());
        time.advance(SECOND);
        assertEquals(List.of("p-1", "p-1"), server.arrivedIds());
        assertEquals(1, server.wires.size());
        server.lastArrival().answer(approved("p-1"));
        assertEquals(approved("p-1"), future.getNow(null));
    }

    @Test
    void busyThatComesLateHoldsBackATryThatWaitsForAConnection() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        ScriptedServer.Arrival first = server.lastArrival();
        first.wire().hangUp();
        first.answer(busy("p-1", 3_000));
        time.advance(Duration.ofMillis(2_999));
        assertEquals(1, server.arrivals.size());
        time.advance(SECOND);
        assertEquals(List.of("p-1", "p-1"), server.arrivedIds());
        server.lastArrival().answer(approved("p-1"));
        assertTrue(future.isDone());
    }

    @Test
    void busyIsSentAgainAtGrowingIntervals() {
        server.script = arrival -> arrival.answer(busy("p-1", 0));
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE);
        assertTrue(server.arrivals.size() >= 15 && server.arrivals.size() <= 50, "tries: " + server.arrivals.size());
        assertTrue(future.isDone());
    }

    @Test
    void busyToTheEndIsTheAnswerSinceNothingWasDone() {
        server.script = arrival -> arrival.answer(busy("p-1", 100));
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE);
        assertEquals(busy("p-1", 100), future.getNow(null));
    }

    @Test
    void busyBehindATryThatWasNotAnsweredProvesNothing() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(REPLY_TIMEOUT.plus(SECOND));
        server.script = arrival -> arrival.answer(busy("p-1", 100));
        time.advance(DEADLINE);
        assertEquals(busy("p-1", 100), assertUnknown(future, "p-1").lastReceipt());
    }

    @Test
    void aRefusalBehindATryThatWasNotAnsweredProvesNothing() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        server.lastWire().hangUp();
        time.advance(SECOND);
        server.lastArrival().answer(receipt("p-1", Reason.KEY_REVOKED));
        OutcomeUnknownException unknown = assertUnknown(future, "p-1");
        assertEquals(receipt("p-1", Reason.KEY_REVOKED), unknown.lastReceipt());
    }

    @Test
    void anIdOfAnotherRequestIsAnOutcomeEvenBehindATryThatWasNotAnswered() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        server.lastWire().hangUp();
        time.advance(SECOND);
        server.lastArrival().answer(receipt("p-1", Reason.ID_REUSED));
        assertEquals(receipt("p-1", Reason.ID_REUSED), future.getNow(null));
    }

    @Test
    void inDoubtIsAskedAgainUntilItIsSettled() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        server.lastArrival().answer(receipt("p-1", Reason.PROCESSOR_TIMEOUT));
        assertFalse(future.isDone());
        time.advance(SECOND);
        assertEquals(List.of("p-1", "p-1"), server.arrivedIds());
        server.lastArrival().answer(approved("p-1").asReplayed());
        assertTrue(future.getNow(null).replayed());
    }

    @Test
    void inDoubtToTheEndIsUnknownWithThatReceipt() {
        server.script = arrival -> arrival.answer(receipt("p-1", Reason.STORE_ERROR));
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        time.advance(DEADLINE);
        assertEquals(
                receipt("p-1", Reason.STORE_ERROR), assertUnknown(future, "p-1").lastReceipt());
    }

    @Test
    void triesAreBounded() {
        PaymentClient impatient = PaymentClient.builder(server, ScriptedServer.SIGNER)
                .clock(time.clock())
                .timers(time)
                .sender(Runnable::run)
                .callbacks(Runnable::run)
                .maxTries(3)
                .deadline(Duration.ofDays(1))
                .build();
        CompletableFuture<Receipt> silent = impatient.send(sale("p-1"));
        time.advance(Duration.ofMinutes(1));
        assertEquals(3, server.arrivals.size());
        assertUnknown(silent, "p-1");
        server.script = arrival -> arrival.answer(busy("p-2", 0));
        CompletableFuture<Receipt> busy = impatient.send(sale("p-2"));
        time.advance(Duration.ofMinutes(1));
        assertEquals(6, server.arrivals.size());
        assertEquals(Reason.OVERLOADED, busy.getNow(null).reason());
        assertEquals(0, time.pending());
    }

    @Test
    void theSameRequestTwiceAtOnceIsSentOnceAndAnsweredTwice() {
        CompletableFuture<Receipt> first = client.send(sale("p-1"));
        CompletableFuture<Receipt> second = client.send(sale("p-1"));
        assertEquals(1, server.arrivals.size());
        first.cancel(true);
        server.lastArrival().answer(approved("p-1"));
        assertEquals(approved("p-1"), second.getNow(null));
        assertTrue(first.isCancelled());
    }

    @Test
    void anotherRequestWithAnIdThatIsOnItsWayIsRefused() {
        CompletableFuture<Receipt> first = client.send(sale("p-1"));
        BayarException refusal =
                assertNotSent(client.send(PaymentRequest.sale("p-1", "alice", "kedai", Money.of(1, "MYR"))));
        assertTrue(refusal.getMessage().contains("another amount"), refusal.getMessage());
        server.lastArrival().answer(approved("p-1"));
        assertTrue(first.isDone());
        client.send(sale("p-1"));
        assertEquals(2, server.arrivals.size(), "an id that is settled may be sent again");
    }

    @Test
    void tooManyAtOnceIsAnAnswer() {
        PaymentClient narrow = PaymentClient.builder(server, ScriptedServer.SIGNER)
                .clock(time.clock())
                .timers(time)
                .sender(Runnable::run)
                .callbacks(Runnable::run)
                .maxInFlight(2)
                .build();
        narrow.send(sale("p-1"));
        narrow.send(sale("p-2"));
        BayarException refusal = assertNotSent(narrow.send(sale("p-3")));
        assertTrue(refusal.getMessage().contains("2 requests are on their way"), refusal.getMessage());
        server.lastArrival().answer(approved("p-2"));
        narrow.send(sale("p-3"));
        assertEquals(List.of("p-1", "p-2", "p-3"), server.arrivedIds());
    }

    @Test
    void whatNoEngineWouldTakeIsNotSent() {
        PaymentRequest request = PaymentRequest.builder("p-1", Operation.INQUIRY)
                .payment("p-0")
                .metadata(Map.of("note", "x".repeat(257)))
                .build();
        assertTrue(assertNotSent(client.send(request)).getMessage().contains("metadata"));
        assertTrue(server.arrivals.isEmpty());
    }

    @Test
    void anAnswerWithoutIdBelongsToTheOnlyRequestInFlight() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        Receipt nameless = Receipt.refused(null, Refusal.of(Reason.FORMAT_ERROR), 0);
        server.lastArrival().answer(nameless);
        assertEquals(nameless, future.getNow(null));
    }

    @Test
    void anAnswerWithoutIdBelongsToNobodyWhenThereAreSeveral() {
        CompletableFuture<Receipt> first = client.send(sale("p-1"));
        CompletableFuture<Receipt> second = client.send(sale("p-2"));
        server.lastArrival().answer(Receipt.refused(null, Refusal.of(Reason.FORMAT_ERROR), 0));
        assertFalse(first.isDone());
        assertFalse(second.isDone());
    }

    @Test
    void anAnswerThatCannotBeReadEndsItsRequestAsUnknown() {
        CompletableFuture<Receipt> future = client.send(sale("p-1"));
        client.send(sale("p-2"));
        String reply = "{\"id\":\"p-1\",\"status\":\"approved\",\"reason\":\"unheard_of\",\"money\":\"moved\"}";
        server.lastWire().deliver(reply.getBytes(StandardCharsets.UTF_8));
        OutcomeUnknownException unknown = assertUnknown(future, "p-1");
        assertTrue(
                unknown.getCause().getMessage().contains("unheard_of"),
                unknown.getCause().getMessage());
        server.lastWire().deliver("HTTP/1.1 400 Bad Request".getBytes(StandardCharsets.UTF_8));
        assertEquals(2, server.arrivals.size());
    }

    @Test
    void anInquiryTellsOfThePayment() {
        CompletableFuture<Receipt> future = client.inquire("p-1");
        PaymentRequest asked = server.lastArrival().request();
        assertEquals(Operation.INQUIRY, asked.type());
        assertEquals("p-1", asked.payment());
        PaymentSummary original = new PaymentSummary(
                "p-1", Operation.SALE, PaymentSums.ofSale(1250).plusRefunding(50));
        Receipt answer = new Receipt(
                asked.id(),
                Reason.PROCESSOR_TIMEOUT,
                MoneyEffect.UNKNOWN,
                false,
                7,
                Money.of(1250, "MYR"),
                Instant.EPOCH,
                null,
                null,
                0,
                original);
        server.lastArrival().answer(answer);
        assertEquals(answer, future.getNow(null), "that a payment is in doubt is the outcome of an inquiry");
        client.inquire("p-1");
        assertFalse(server.lastArrival().request().id().equals(asked.id()));
    }

    @Test
    void closingEndsEverythingThatIsOpen() {
        CompletableFuture<Receipt> sent = client.send(sale("p-1"));
        CompletableFuture<Receipt> refused = client.send(sale("p-2"));
        server.lastArrival().answer(busy("p-2", 1_000));
        client.close();
        client.close();
        assertUnknown(sent, "p-1");
        assertEquals(Reason.OVERLOADED, refused.getNow(null).reason());
        assertTrue(server.lastWire().isClosedByClient);
        assertEquals(0, time.pending());
        assertTrue(assertNotSent(client.send(sale("p-3"))).getMessage().contains("closed"));
        assertTrue(assertNotSent(client.inquire("p-1")).getMessage().contains("closed"));
        server.arrivals.get(0).answer(approved("p-1"));
        time.advance(DEADLINE);
        assertEquals(2, server.arrivals.size());
    }

    @Test
    void closingWhileItDialsClosesWhatWasDialed() {
        PaymentClient[] closing = new PaymentClient[1];
        closing[0] = PaymentClient.builder(
                        listener -> {
                            closing[0].close();
                            return server.dial(listener);
                        },
                        ScriptedServer.SIGNER)
                .timers(time)
                .sender(Runnable::run)
                .callbacks(Runnable::run)
                .build();
        assertUnknown(closing[0].send(sale("p-1")), "p-1");
        assertTrue(server.lastWire().isClosedByClient);
        assertTrue(server.arrivals.isEmpty());
    }

    @Test
    void aCallbackMaySendTheNextRequest() {
        CompletableFuture<Receipt> both = client.send(sale("p-1")).thenCompose(receipt -> client.send(sale("p-2")));
        server.lastArrival().answer(approved("p-1"));
        server.lastArrival().answer(approved("p-2"));
        assertEquals("p-2", both.getNow(null).id());
    }

    @Test
    void aCallbackMayCloseTheClientWhileItGivesUpOthers() {
        List<CompletableFuture<Receipt>> futures = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            futures.add(client.send(sale("p-" + i)).whenComplete((receipt, problem) -> client.close()));
        }
        time.advance(DEADLINE);
        futures.forEach(future -> assertTrue(future.isCompletedExceptionally()));
    }

    @Test
    void aDialerThatBreaksItsPromiseStopsNothingForGood() {
        boolean[] isBroken = {true};
        PaymentClient unlucky = PaymentClient.builder(
                        listener -> {
                            if (isBroken[0]) {
                                throw new IllegalStateException("broken");
                            }
                            return server.dial(listener);
                        },
                        ScriptedServer.SIGNER)
                .timers(time)
                .sender(Runnable::run)
                .callbacks(Runnable::run)
                .build();
        assertThrows(IllegalStateException.class, () -> unlucky.send(sale("p-1")));
        isBroken[0] = false;
        CompletableFuture<Receipt> second = unlucky.send(sale("p-2"));
        assertEquals(List.of("p-1", "p-2"), server.arrivedIds());
        server.lastArrival().answer(approved("p-2"));
        assertTrue(second.isDone());
    }

    @Test
    void settingsThatCannotWorkAreRefused() {
        PaymentClient.Builder builder = PaymentClient.builder(server, ScriptedServer.SIGNER);
        assertThrows(BayarException.class, () -> builder.replyTimeout(Duration.ZERO));
        assertThrows(BayarException.class, () -> builder.deadline(Duration.ofSeconds(-1)));
        assertThrows(BayarException.class, () -> builder.maxTries(0));
        assertThrows(BayarException.class, () -> builder.maxInFlight(0));
        assertThrows(BayarException.class, () -> builder.validity(Duration.ofMillis(999)));
        assertThrows(BayarException.class, () -> builder.backoff(SECOND, Duration.ofMillis(1)));
    }

    private static OutcomeUnknownException assertUnknown(CompletableFuture<Receipt> future, String id) {
        assertTrue(future.isDone());
        Throwable cause = assertThrows(CompletionException.class, future::join).getCause();
        OutcomeUnknownException unknown = assertInstanceOf(OutcomeUnknownException.class, cause);
        assertEquals(id, unknown.id());
        assertTrue(unknown.getMessage().contains('"' + id + '"'), unknown.getMessage());
        return unknown;
    }

    private static BayarException assertNotSent(CompletableFuture<Receipt> future) {
        assertTrue(future.isDone());
        Throwable cause = assertThrows(CompletionException.class, future::join).getCause();
        assertSame(BayarException.class, cause.getClass());
        assertNotNull(cause.getMessage());
        return (BayarException) cause;
    }

    static PaymentRequest sale(String id) {
        return PaymentRequest.sale(id, "alice", "kedai", Money.of(1250, "MYR"));
    }

    private static Receipt approved(String id) {
        return new Receipt(
                id,
                Reason.APPROVED,
                MoneyEffect.MOVED,
                false,
                1,
                Money.of(1250, "MYR"),
                Instant.parse("2026-11-23T09:00:00.123Z"),
                null,
                null,
                0,
                null);
    }

    private static Receipt busy(String id, long retryAfterMillis) {
        return Receipt.refused(id, Refusal.of(Reason.OVERLOADED), retryAfterMillis);
    }

    private static Receipt receipt(String id, Reason reason) {
        MoneyEffect money = reason.status().isFinal() || !reason.status().isRecorded()
                ? MoneyEffect.NOT_MOVED
                : MoneyEffect.UNKNOWN;
        return new Receipt(id, reason, money, false, 0, null, null, reason.sentence(), null, 0, null);
    }
}
