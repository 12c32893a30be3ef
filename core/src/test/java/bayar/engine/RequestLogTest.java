package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AnswerEvent;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Stages;
import bayar.codec.LogLine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestLogTest {
    private static final String CARD = "4111111111111111";

    private final PrintStream realErr = System.err;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong();
    private final RequestLog requestLog = new RequestLog(nanos::get);

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setErr(realErr);
    }

    @Test
    void tellsWhoWhatHowMuchTheOutcomeAndTheDuration() {
        tell(answer("shop", sale(), approved(), "tcp:127.0.0.1:5", 812_345));
        assertTrue(
                lines().contains("id=1001 principal=shop type=sale payer=***1111 payee=***i amount=1250 currency=MYR"
                        + " status=approved reason=approved sequence=7 replayed=false micros=812 peer=tcp:127.0.0.1:5"),
                lines());
    }

    @Test
    void showsNoWholeAccountAndNoMetadata() {
        tell(answer("shop", sale(), approved(), "call", 1));
        assertFalse(lines().contains(CARD), lines());
        assertFalse(lines().contains("kedai"), lines());
        assertFalse(lines().contains("secret-note"), lines());
    }

    @Test
    void aMessageThatCouldNotBeReadHasALineToo() {
        Receipt refused = Receipt.refused(null, Refusal.malformed("amount", "amount is not an integer"), 0);
        tell(answer(null, null, refused, "ws:127.0.0.1:9", 1000));
        assertTrue(
                lines().contains("status=rejected reason=format_error field=amount replayed=false micros=1"), lines());
    }

    @Test
    void underLoadApprovalsAreCountedAndRefusalsStillWritten() {
        for (int i = 0; i < 5000; i++) {
            tell(answer("shop", sale(), approved(), "call", 1));
        }
        Receipt refused = Receipt.refused("x", Refusal.of(Reason.SIGNATURE_INVALID), 0);
        tell(answer(null, null, refused, "call", 1));
        nanos.addAndGet(1_000_000_000L);
        tell(answer("shop", sale(), approved(), "call", 1));

        assertEquals(
                1001, lines().lines().filter(l -> l.contains("status=approved")).count());
        assertTrue(lines().contains("approved=4000 because=\"without a line of their own\""));
        assertTrue(lines().contains("reason=signature_invalid"));
    }

    @Test
    void underOverloadWhatIsBusyIsCountedToo() {
        Receipt busy = Receipt.refused("x", Refusal.of(Reason.OVERLOADED), 100);
        for (int i = 0; i < 5000; i++) {
            tell(answer(null, null, busy, "call", 1));
        }
        tell(answer("shop", sale(), approved(), "call", 1));
        nanos.addAndGet(1_000_000_000L);
        tell(answer(null, null, busy, "call", 1));

        assertEquals(
                1001, lines().lines().filter(l -> l.contains("status=busy")).count());
        assertTrue(lines().contains("busy=4000 because=\"without a line of their own\""));
        assertTrue(lines().contains("status=approved"));
    }

    @Test
    void whatWasCountedIsToldWithTheNextLineOfAnyKind() {
        Receipt busy = Receipt.refused("x", Refusal.of(Reason.OVERLOADED), 100);
        for (int i = 0; i < 5000; i++) {
            tell(answer(null, null, busy, "call", 1));
        }
        nanos.addAndGet(999_999_999L);
        tell(answer("shop", sale(), approved(), "call", 1));
        assertFalse(lines().contains("busy=4000"), "its second is not over");
        nanos.addAndGet(1);
        tell(answer("shop", sale(), approved(), "call", 1));
        tell(answer("shop", sale(), approved(), "call", 1));

        List<String> last = lines().lines().skip(1001).toList();
        assertEquals(3, last.size(), last::toString);
        assertTrue(last.get(0).contains("busy=4000 because=\"without a line of their own\""), last.get(0));
        assertTrue(last.get(1).contains("status=approved"), last.get(1));
        assertTrue(last.get(2).contains("status=approved"), last.get(2));
    }

    @Test
    void theNextSecondHasItsOwnThousandLinesHoweverTheLastOneEnded() {
        Receipt busy = Receipt.refused("x", Refusal.of(Reason.OVERLOADED), 100);
        for (int i = 0; i < 1001; i++) {
            tell(answer(null, null, busy, "call", 1));
        }
        nanos.addAndGet(1_000_000_000L);
        tell(answer("shop", sale(), approved(), "call", 1));
        for (int i = 0; i < 1001; i++) {
            tell(answer(null, null, busy, "call", 1));
        }
        requestLog.sieve().ended();

        assertEquals(
                2000, lines().lines().filter(l -> l.contains("status=busy")).count());
        assertEquals(2, lines().lines().filter(l -> l.contains("busy=1 ")).count());
    }

    @Test
    void whatIsCountedLastIsToldAtTheEnd() {
        Watcher watcher = new Watcher(requestLog, 10_000, Thread::new, nanos::get);
        watcher.start();
        AnswerEvent approved = answer("shop", sale(), approved(), "call", 1);
        watcher.tell(Collections.nCopies(1200, approved));
        watcher.finish();
        watcher.await(30_000);

        List<String> all = lines().lines().toList();
        assertEquals(1001, all.size());
        assertTrue(all.get(1000).contains("approved=200 because=\"without a line of their own\""), all.get(1000));
    }

    private void tell(AnswerEvent answer) {
        if (requestLog.sieve().takes(answer)) {
            requestLog.onAnswer(answer);
        }
    }

    @Test
    void tellsTheStagesThatWerePassed() {
        Stages stages = new Stages(1_000, 2_000, 30_000, 400_000, 0, 433_500);
        tell(new AnswerEvent("shop", sale(), approved(), "ledger", "tcp", "tcp:127.0.0.1:5", stages));
        assertTrue(
                lines().contains(
                                "micros=433 decodeMicros=1 verifyMicros=2 queueMicros=30 commitMicros=400 peer=tcp:127.0.0.1:5"),
                lines());
    }

    @Test
    void isJsonWhenItIsToldTo() {
        RequestLog json = new RequestLog(nanos::get, LogLine.Format.JSON);
        json.onAnswer(answer("shop", sale(), approved(), "call", 812_345));
        assertTrue(
                lines().contains(
                                "{\"id\":\"1001\",\"principal\":\"shop\",\"type\":\"sale\",\"payer\":\"***1111\","
                                        + "\"payee\":\"***i\",\"amount\":1250,\"currency\":\"MYR\",\"status\":\"approved\","
                                        + "\"reason\":\"approved\",\"sequence\":7,\"replayed\":false,\"micros\":812,\"peer\":\"call\"}"),
                lines());
    }

    /** Of 3,000 approvals in a second the log takes 1,000, and of as many declines every one. */
    @Test
    void underLoadNoFailureIsSampled() {
        Receipt declined = Receipt.refused("d", Refusal.of(Reason.NOT_PERMITTED), 0);
        for (int i = 0; i < 3000; i++) {
            tell(answer("shop", sale(), approved(), "call", 1));
            tell(answer("shop", sale(), declined, "call", 1));
        }
        assertEquals(
                3000, lines().lines().filter(l -> l.contains("not_permitted")).count());
        assertEquals(
                1000, lines().lines().filter(l -> l.contains("status=approved")).count());
    }

    @Test
    void whatTheLogIsTooSlowForIsCountedByReason() {
        Receipt refused = Receipt.refused("x", Refusal.of(Reason.SIGNATURE_INVALID), 0);
        requestLog.sieve().missed(answer(null, null, refused, "call", 1));
        requestLog.sieve().missed(answer(null, null, refused, "call", 1));
        tell(answer(null, null, refused, "call", 1));
        assertTrue(lines().contains("missing=2 reason=signature_invalid because=\"the log is too slow\""), lines());
    }

    private String lines() {
        return written.toString(StandardCharsets.UTF_8);
    }

    private static AnswerEvent answer(
            @Nullable String principal,
            @Nullable PaymentRequest request,
            Receipt receipt,
            String peer,
            long totalNanos) {
        Stages stages = new Stages(0, 0, 0, 0, 0, totalNanos);
        String method = request == null ? null : request.method();
        return new AnswerEvent(principal, request, receipt, method, peer.split(":")[0], peer, stages);
    }

    private static PaymentRequest sale() {
        return PaymentRequest.builder("1001", Operation.SALE)
                .payer(CARD)
                .payee("kedai")
                .amount(Money.of(1250, "MYR"))
                .metadata(Map.of("note", "secret-note"))
                .build();
    }

    private static Receipt approved() {
        return new Receipt(
                "1001",
                Reason.APPROVED,
                MoneyEffect.MOVED,
                false,
                7,
                Money.of(1250, "MYR"),
                Instant.EPOCH,
                null,
                null,
                0,
                null);
    }
}
