package bayar.examples.card;

import bayar.Attempt;
import bayar.BayarException;
import bayar.Capabilities;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Outcome;
import bayar.Payment;
import bayar.Processor;
import bayar.Reason;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;

/**
 * Does payments with a card acquirer over HTTP: a model for a processor of your own. What the card is, the request says
 * in its metadata, as {@value #CARD}.
 *
 * <p>The rule throughout: only what the acquirer says about this very attempt is an outcome. No connection means that
 * nothing was sent; whatever else goes wrong is unknown, and the engine asks again.
 */
public final class CardProcessor implements Processor {
    /** The metadata that names the card. */
    public static final String CARD = "card";

    private static final byte[] NO_BODY = {};
    private static final int THREADS = 2;
    private static final long IDLE_SECONDS = 10;

    private final String acquirer;
    private final ApiSecret secret;
    private final Duration timeout;
    private final Duration finalityWindow;
    private final Clock clock;
    private final HttpClient http;

    /**
     * @param acquirer where it is: {@code http://host:port}
     * @param secret what is shared with it
     * @param timeout how long to wait for a connection, and for an answer
     * @param finalityWindow how long a request that was given up may still be on its way to the acquirer
     * @param clock the time that is signed, and that a webhook's age is measured by
     */
    public CardProcessor(URI acquirer, ApiSecret secret, Duration timeout, Duration finalityWindow, Clock clock) {
        this.acquirer = acquirer.toString();
        this.secret = secret;
        this.timeout = timeout;
        this.finalityWindow = finalityWindow;
        this.clock = clock;
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .executor(answers())
                .build();
    }

    /** Few, since nothing waits on them; the client's own pool has as many threads as there are answers at a time. */
    private static Executor answers() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "card-answers");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.NONE.inquirable(finalityWindow).reversible().idempotent();
    }

    @Override
    public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
        return call("POST", "/payments", order(payment, attempt), attempt)
                .exceptionally(CardProcessor::notSentOrUnknown);
    }

    @Override
    public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
        return call("GET", "/payments/" + attempt.key(), NO_BODY, attempt).exceptionally(CardProcessor::unknown);
    }

    @Override
    public CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
        return call("POST", "/payments/" + attempt.key() + "/reversal", NO_BODY, attempt)
                .exceptionally(CardProcessor::unknown);
    }

    @Override
    public Notice read(Notification webhook) {
        String timestamp = webhook.header(ApiSecret.TIMESTAMP);
        String signature = webhook.header(ApiSecret.SIGNATURE);
        if (!secret.isAuthentic(ApiSecret.WEBHOOK, timestamp, signature, webhook.body(), clock.instant())) {
            throw new NotificationException("the signature is missing, wrong or too old");
        }
        try {
            Answer answer = Answer.of(webhook.body());
            if (answer.key() == null) {
                throw new NotificationException("it names no key");
            }
            return new Notice(answer.key(), answer.outcome());
        } catch (JacksonException | BayarException e) {
            throw new NotificationException("it is not understood: " + e.getMessage());
        }
    }

    /** With the time after which nobody waits for it: so "not found" is final soon after. */
    private byte[] order(Payment payment, Attempt attempt) {
        Payment.Original original = payment.original();
        return Answer.JSON.writeValueAsBytes(Answer.JSON
                .createObjectNode()
                .put("key", attempt.key())
                .put("type", payment.type().code())
                .put("amount", payment.amount().minor())
                .put("currency", payment.amount().currency().getCurrencyCode())
                .put("original", original == null ? null : nameOf(original))
                .put("card", payment.request().metadata().get(CARD))
                .put("merchantReference", payment.request().id())
                .put("final", payment.request().isFinal())
                .put("notAfter", clock.instant().plus(timeout).toEpochMilli()));
    }

    private static String nameOf(Payment.Original original) {
        String reference = original.reference();
        return reference == null ? original.attempt().key() : reference;
    }

    private CompletableFuture<Outcome> call(String method, String path, byte[] body, Attempt attempt) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(acquirer + path))
                .method(method, BodyPublishers.ofByteArray(body))
                .timeout(timeout);
        secret.headers(method + ' ' + path, body, clock.instant()).forEach(request::header);
        return http.sendAsync(request.build(), BodyHandlers.ofByteArray())
                .thenApply(response -> outcome(response, attempt));
    }

    private static Outcome outcome(HttpResponse<byte[]> response, Attempt attempt) {
        int status = response.statusCode();
        Answer answer = Answer.of(response.body());
        // A 404 of a proxy, or of a wrong path, says nothing about the attempt.
        if (status == 404 && "unknown_key".equals(answer.error())) {
            return Outcome.notFound();
        }
        return status == 200 && attempt.key().equals(answer.key())
                ? answer.outcome()
                : Outcome.unknown("the acquirer answers " + status + ", error " + answer.error());
    }

    private static Outcome notSentOrUnknown(Throwable failure) {
        // A connection that was refused is certain; one that was given up may have come about meanwhile.
        boolean isRefused = failure.getCause() instanceof ConnectException;
        return isRefused ? Outcome.notExecuted("no connection to the acquirer") : unknown(failure);
    }

    private static Outcome unknown(Throwable failure) {
        return failure.getCause() instanceof HttpTimeoutException
                ? Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer from the acquirer in time")
                : Outcome.unknown("no clear answer from the acquirer: " + failure.getCause());
    }
}
