package bayar.examples.card;

import static bayar.examples.acquirer.AcquirerPeer.SECRET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Attempt;
import bayar.Capabilities;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.examples.acquirer.Acquirer;
import bayar.examples.acquirer.AcquirerPeer;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CardProcessorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration FINALITY = Duration.ofSeconds(10);
    private static final Money AMOUNT = Money.of(1200, "MYR");
    private static final Attempt FIRST = new Attempt("5f3a-1", 1);
    private static final Attempt SECOND = new Attempt("77b0-1", 1);

    @TempDir
    private Path directory;

    private Acquirer acquirer;
    private AcquirerPeer peer;
    private CardProcessor processor;

    @BeforeEach
    void start() {
        acquirer = Acquirer.start(loopback(), directory.resolve("book"), SECRET, null, Clock.systemUTC());
        peer = AcquirerPeer.to(acquirer.url());
        processor = processor(acquirer.url(), PATIENCE);
    }

    @AfterEach
    void stop() {
        acquirer.close();
    }

    @Test
    void vouchesForInquiriesReversalsAndOneExecutionForEachKey() {
        assertEquals(new Capabilities(true, FINALITY, true, true), processor.capabilities());
    }

    @Test
    void carriesAPaymentThroughItsLifeByTheAcquirersReference() throws Exception {
        Outcome authorized = told(processor.process(payment(authorize(AMOUNT, Map.of())), FIRST));
        assertEquals(Outcome.approved(AMOUNT).withReference("R00000001"), authorized);

        Payment.Original original = new Payment.Original(FIRST, authorized.reference());
        PaymentRequest capture = PaymentRequest.capture("order-2", "order-1", Money.of(400, "MYR"));
        assertApproved(400, payment(capture, 400, original), new Attempt("c1", 1));
        assertApproved(
                100, payment(PaymentRequest.refund("order-3", "order-1", Money.of(100, "MYR")), 100, original), SECOND);
        assertApproved(800, payment(PaymentRequest.voidOf("order-4", "order-1"), 800, original), new Attempt("d1", 1));

        assertEquals("R00000001", peer.inquire("c1").at("/order/original").asString());
        assertEquals(
                "order-2", peer.inquire("c1").at("/order/merchantReference").asString());
    }

    @Test
    void namesTheOriginalByItsKeyWhenItHasNoReferenceAndEndsItWithTheFinalCapture() {
        assertApproved(1200, payment(authorize(AMOUNT, Map.of())), FIRST);
        PaymentRequest last = PaymentRequest.builder("order-2", Operation.CAPTURE)
                .payment("order-1")
                .amount(Money.of(400, "MYR"))
                .isFinal(true)
                .build();
        Payment.Original original = new Payment.Original(FIRST, null);
        assertApproved(400, payment(last, 400, original), SECOND);

        Payment more = payment(PaymentRequest.capture("order-3", "order-1", Money.of(1, "MYR")), 1, original);
        assertEquals(
                Reason.INVALID_TRANSITION,
                told(processor.process(more, new Attempt("c2", 1))).reason());
    }

    @Test
    void manyAnswersAtATimeTakeFewThreads() throws Exception {
        peer.faults("{'faults':[{'kind':'delay_after','millis':500}]}");
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        List<CompletionStage<Outcome>> answers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            answers.add(processor.process(payment(authorize(AMOUNT, Map.of())), new Attempt("many-" + i, 1)));
        }
        answers.forEach(
                answer -> assertEquals(Outcome.Kind.APPROVED, told(answer).kind()));
        List<String> ofTheClient = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> !name.startsWith("acquirer-"))
                .toList();
        assertTrue(ofTheClient.size() <= 4, ofTheClient.toString());
    }

    private void assertApproved(long minor, Payment payment, Attempt attempt) {
        Outcome outcome = told(processor.process(payment, attempt));
        assertEquals(Reason.APPROVED, outcome.reason(), outcome.toString());
        assertEquals(Money.of(minor, "MYR"), outcome.amount());
        assertEquals(outcome, told(processor.inquire(payment, attempt)));
    }

    @ParameterizedTest
    @CsvSource({
        "1205, , DO_NOT_HONOR",
        "1251, , INSUFFICIENT_FUNDS",
        "1259, , SUSPECTED_FRAUD",
        "1261, , LIMIT_PER_PAYMENT",
        "1254, , DO_NOT_HONOR",
        "1200, tok_insufficient_funds, INSUFFICIENT_FUNDS",
    })
    void aNoIsDeclinedForItsReason(long minor, String card, Reason reason) {
        Map<String, String> metadata = card == null ? Map.of() : Map.of(CardProcessor.CARD, card);

        Outcome outcome = told(processor.process(payment(authorize(Money.of(minor, "MYR"), metadata)), FIRST));

        assertEquals(Outcome.Kind.DECLINED, outcome.kind());
        assertEquals(reason, outcome.reason());
        assertEquals("R00000001", outcome.reference());
        assertEquals(minor == 1254 ? "the acquirer says card_expired" : null, outcome.note());
    }

    @Test
    void whatTheAcquirerCannotRefundIsDeclined() {
        told(processor.process(payment(PaymentRequest.sale("order-1", "alice", "kedai", AMOUNT)), FIRST));
        PaymentRequest refund = PaymentRequest.refund("order-2", "order-1", Money.of(1201, "MYR"));

        Payment tooMuch = payment(refund, 1201, new Payment.Original(FIRST, null));
        assertEquals(
                Reason.EXCEEDS_CAPTURED,
                told(processor.process(tooMuch, new Attempt("e1", 1))).reason());
        Payment ofNothing = payment(refund, 1201, new Payment.Original(SECOND, null));
        assertEquals(
                Reason.ORIGINAL_NOT_FOUND,
                told(processor.process(ofNothing, new Attempt("e2", 1))).reason());
    }

    @Test
    void aPartIsApprovedAsAPart() {
        Payment payment = payment(authorize(AMOUNT, Map.of(CardProcessor.CARD, "tok_partial")));

        assertEquals(
                Outcome.approvedPartly(Money.of(600, "MYR")).withReference("R00000001"),
                told(processor.process(payment, FIRST)));
    }

    @Test
    void theSameAttemptIsExecutedOnce() throws Exception {
        Payment payment = payment(authorize(AMOUNT, Map.of()));

        assertEquals(told(processor.process(payment, FIRST)), told(processor.process(payment, FIRST)));
        assertEquals(1, peer.book().size());
    }

    @Test
    void anAttemptThatTheAcquirerDoesNotKnowIsNotFound() {
        assertEquals(Outcome.notFound(), told(processor.inquire(payment(authorize(AMOUNT, Map.of())), FIRST)));
    }

    @Test
    void aReversalUndoesAndKeepsAnAttemptFromEverBeingExecuted() {
        Payment payment = payment(authorize(AMOUNT, Map.of()));
        told(processor.process(payment, FIRST));

        Outcome reversed = Outcome.reversed().withReference("R00000001");
        assertEquals(reversed, told(processor.reverse(payment, FIRST)));
        assertEquals(reversed, told(processor.reverse(payment, FIRST)));
        assertEquals(reversed, told(processor.inquire(payment, FIRST)));
        assertEquals(Outcome.reversed(), told(processor.reverse(payment, SECOND)));
        assertEquals(Outcome.reversed(), told(processor.process(payment, SECOND)));
    }

    @Test
    void theReversalOfWhatWasDeclinedTellsThat() {
        Payment payment = payment(authorize(Money.of(5, "MYR"), Map.of()));
        Outcome declined = told(processor.process(payment, FIRST));

        assertEquals(declined, told(processor.reverse(payment, FIRST)));
    }

    /** What the processor says, and what an inquiry says then. */
    @ParameterizedTest
    @CsvSource({
        "hang_before,  PROCESSOR_TIMEOUT, NOT_FOUND",
        "hang_after,   PROCESSOR_TIMEOUT, APPROVED",
        "drop_before,  PROCESSOR_ERROR,   NOT_FOUND",
        "drop_after,   PROCESSOR_ERROR,   APPROVED",
        "error_before, PROCESSOR_ERROR,   NOT_FOUND",
        "error_after,  PROCESSOR_ERROR,   APPROVED",
    })
    void whatIsNotAClearAnswerIsUnknownAndAnInquiryTells(String fault, Reason reason, Outcome.Kind inquired)
            throws Exception {
        boolean hangs = fault.startsWith("hang");
        CardProcessor asking = processor(acquirer.url(), hangs ? SHORT : PATIENCE);
        Payment payment = payment(authorize(AMOUNT, Map.of()));
        peer.faults("{'faults':[{'kind':'" + fault + "','times':1}]}");

        Outcome outcome = told(asking.process(payment, FIRST));

        assertEquals(Outcome.Kind.UNKNOWN, outcome.kind());
        assertEquals(reason, outcome.reason(), outcome.toString());
        assertTrue(outcome.note() != null && !outcome.note().isEmpty());
        assertEquals(inquired, told(processor.inquire(payment, FIRST)).kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"inquiry", "reversal"})
    void noAnswerToAQuestionIsUnknownToo(String call) throws Exception {
        Payment payment = payment(authorize(AMOUNT, Map.of()));
        told(processor.process(payment, FIRST));
        peer.faults("{'faults':[{'kind':'error_before','on':'" + call + "','times':1}]}");
        boolean isInquiry = call.equals("inquiry");

        Outcome outcome = told(isInquiry ? processor.inquire(payment, FIRST) : processor.reverse(payment, FIRST));

        assertEquals(Outcome.unknown("the acquirer answers 500, error fault"), outcome);
        assertEquals(
                isInquiry ? Outcome.Kind.APPROVED : Outcome.Kind.REVERSED,
                told(isInquiry ? processor.inquire(payment, FIRST) : processor.reverse(payment, FIRST))
                        .kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"delay_before", "delay_after"})
    void aLateAnswerIsTheAnswerAsLongAsThereIsPatience(String fault) throws Exception {
        peer.faults("{'faults':[{'kind':'" + fault + "','millis':50}]}");

        assertEquals(
                Reason.APPROVED,
                told(processor.process(payment(authorize(AMOUNT, Map.of())), FIRST))
                        .reason());
    }

    @Test
    void anotherAmountIsHandedOnAsItWasTold() throws Exception {
        peer.faults("{'faults':[{'kind':'wrong_amount'}]}");

        assertEquals(
                Money.of(1201, "MYR"),
                told(processor.process(payment(authorize(AMOUNT, Map.of())), FIRST))
                        .amount());
    }

    @Test
    void whatCouldNotConnectWasNotExecutedButAQuestionThatCouldNotSaysNothing() throws Exception {
        URI nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        CardProcessor calling = processor(nobody, PATIENCE);
        Payment payment = payment(authorize(AMOUNT, Map.of()));

        assertEquals(Outcome.notExecuted("no connection to the acquirer"), told(calling.process(payment, FIRST)));
        assertEquals(Outcome.Kind.UNKNOWN, told(calling.inquire(payment, FIRST)).kind());
        assertEquals(Outcome.Kind.UNKNOWN, told(calling.reverse(payment, FIRST)).kind());
    }

    @Test
    void aWrongSecretIsUnknownNotDeclined() {
        ApiSecret wrong = ApiSecret.of("another secret of 32 characters!");
        CardProcessor calling = new CardProcessor(acquirer.url(), wrong, PATIENCE, FINALITY, Clock.systemUTC());
        Payment payment = payment(authorize(AMOUNT, Map.of()));
        Outcome refused = Outcome.unknown("the acquirer answers 401, error unauthorized");

        assertEquals(refused, told(calling.process(payment, FIRST)));
        assertEquals(refused, told(calling.inquire(payment, FIRST)));
        assertEquals(refused, told(calling.reverse(payment, FIRST)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 | not here",
                "404 | {\"error\":\"no_such_path\"}",
                "404 | {}",
                "200 | ",
                "200 | null",
                "200 | []",
                "200 | {}",
                "200 | {\"key\":\"5f3a-1\"}",
                "200 | {\"key\":\"5f3a-1\",\"status\":\"maybe\"}",
                "200 | {\"key\":\"5f3a-1\",\"status\":\"approved\"}",
                "200 | {\"key\":\"5f3a-1\",\"status\":\"approved\",\"amount\":12.0,\"currency\":\"MYR\"}",
                "200 | {\"key\":\"5f3a-1\",\"status\":\"approved\",\"amount\":1200,\"currency\":\"RINGGIT\"}",
                "200 | {\"key\":\"77b0-1\",\"status\":\"approved\",\"amount\":1200,\"currency\":\"MYR\"}",
                "302 | {\"key\":\"5f3a-1\",\"status\":\"approved\",\"amount\":1200,\"currency\":\"MYR\"}",
                "500 | {\"key\":\"5f3a-1\",\"status\":\"declined\",\"reason\":\"do_not_honor\"}",
            })
    void anAnswerThatIsNotTheAcquirersIsUnknown(int status, String body) throws Exception {
        HttpServer other = HttpServer.create(loopback(), 0);
        other.createContext("/", exchange -> {
            byte[] bytes = (body == null ? "" : body).getBytes(StandardCharsets.UTF_8);
            try (exchange) {
                exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        other.start();
        try {
            CardProcessor calling = processor(
                    URI.create("http://127.0.0.1:" + other.getAddress().getPort()), PATIENCE);
            Payment payment = payment(authorize(AMOUNT, Map.of()));

            assertEquals(
                    Outcome.Kind.UNKNOWN, told(calling.process(payment, FIRST)).kind());
            assertEquals(
                    Outcome.Kind.UNKNOWN, told(calling.inquire(payment, FIRST)).kind());
            assertEquals(
                    Outcome.Kind.UNKNOWN, told(calling.reverse(payment, FIRST)).kind());
        } finally {
            other.stop(0);
        }
    }

    @Test
    void aWebhookIsToldUntilItIsTakenAndReadsAsTheOutcome() throws Exception {
        try (Merchant merchant = new Merchant(2)) {
            peer.webhook("{'url':'" + merchant.url() + "','copies':3}");
            Payment payment = payment(authorize(AMOUNT, Map.of()));
            peer.faults("{'faults':[{'kind':'drop_after','times':1}]}");

            told(processor.process(payment, FIRST));

            Notice approved = new Notice(FIRST.key(), Outcome.approved(AMOUNT).withReference("R00000001"));
            for (int i = 0; i < 3 + 2; i++) {
                assertEquals(approved, processor.read(merchant.next()));
            }
            told(processor.reverse(payment, FIRST));
            Notice reversed = new Notice(FIRST.key(), Outcome.reversed().withReference("R00000001"));
            assertEquals(reversed, processor.read(merchant.next()));
        }
    }

    @Test
    void aWebhookThatIsForgedOldOrNotUnderstoodIsRefused() {
        Instant now = Instant.parse("2026-11-23T09:00:00Z");
        CardProcessor reading = readingAt(now);
        byte[] body = bytes("{\"key\":\"5f3a-1\",\"status\":\"declined\",\"reason\":\"do_not_honor\"}");
        Map<String, String> headers = SECRET.headers(ApiSecret.WEBHOOK, body, now);

        assertEquals(
                new Notice("5f3a-1", Outcome.declined(Reason.DO_NOT_HONOR)),
                reading.read(new Notification(headers, body)));
        assertRefused(reading, Map.of(), body);
        assertRefused(reading, headers, bytes(new String(body, StandardCharsets.UTF_8).replace("5f3a", "5f3b")));
        assertRefused(reading, SECRET.headers("POST /payments", body, now), body);
        ApiSecret wrong = ApiSecret.of("another secret of 32 characters!");
        assertRefused(reading, wrong.headers(ApiSecret.WEBHOOK, body, now), body);
        for (String nonsense : new String[] {
            "",
            "null",
            "[]",
            "{}",
            "{\"status\":\"approved\"}",
            "{\"key\":\"5f3a-1\",\"status\":\"approved\",\"amount\":1,\"currency\":\"RINGGIT\"}",
            "{\"key\":\"5f3a-1\",\"status\":\"reversed\",\"reference\":\"\"}"
        }) {
            assertRefused(reading, SECRET.headers(ApiSecret.WEBHOOK, bytes(nonsense), now), bytes(nonsense));
        }

        Duration tooLong = ApiSecret.MAX_AGE.plusSeconds(1);
        assertEquals(
                "5f3a-1",
                readingAt(now.plus(ApiSecret.MAX_AGE))
                        .read(new Notification(headers, body))
                        .key());
        assertRefused(readingAt(now.plus(tooLong)), headers, body);
        assertRefused(readingAt(now.minus(tooLong)), headers, body);
    }

    private CardProcessor readingAt(Instant now) {
        return new CardProcessor(acquirer.url(), SECRET, PATIENCE, FINALITY, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static void assertRefused(CardProcessor reading, Map<String, String> headers, byte[] body) {
        Notification forged = new Notification(headers, body);
        assertThrows(NotificationException.class, () -> reading.read(forged));
    }

    /** A merchant's endpoint: refuses some webhooks, and keeps all. */
    private static final class Merchant implements AutoCloseable {
        private final HttpServer server;
        private final BlockingQueue<Notification> webhooks = new LinkedBlockingQueue<>();
        private int refusals;

        Merchant(int refusals) throws IOException {
            this.refusals = refusals;
            server = HttpServer.create(loopback(), 0);
            server.createContext("/", exchange -> {
                try (exchange;
                        InputStream in = exchange.getRequestBody()) {
                    Map<String, String> headers = Map.of(
                            ApiSecret.TIMESTAMP, exchange.getRequestHeaders().getFirst(ApiSecret.TIMESTAMP),
                            ApiSecret.SIGNATURE, exchange.getRequestHeaders().getFirst(ApiSecret.SIGNATURE));
                    webhooks.add(new Notification(headers, in.readAllBytes()));
                    exchange.sendResponseHeaders(this.refusals-- > 0 ? 503 : 204, -1);
                }
            });
            server.start();
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/webhooks/card");
        }

        Notification next() throws InterruptedException {
            Notification webhook = webhooks.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (webhook == null) {
                throw new AssertionError("no webhook comes");
            }
            return webhook;
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private static CardProcessor processor(URI url, Duration timeout) {
        return new CardProcessor(url, SECRET, timeout, FINALITY, Clock.systemUTC());
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static Outcome told(CompletionStage<Outcome> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static PaymentRequest authorize(Money amount, Map<String, String> metadata) {
        return PaymentRequest.builder("order-1", Operation.AUTHORIZE)
                .payer("alice")
                .payee("kedai")
                .amount(amount)
                .method("card")
                .metadata(metadata)
                .build();
    }

    private static Payment payment(PaymentRequest request) {
        Money amount = request.amount();
        return payment(request, amount == null ? 0 : amount.minor(), null);
    }

    private static Payment payment(PaymentRequest request, long minor, Payment.Original original) {
        return new Payment(
                1,
                Instant.EPOCH,
                "shop",
                request,
                Money.of(minor, "MYR"),
                AccountId.of("alice"),
                AccountId.of("kedai"),
                original);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
