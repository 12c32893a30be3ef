package bayar.examples.acquirer;

import bayar.examples.card.ApiSecret;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a merchant what became of a payment, again and again until the answer is 2xx. Each time it tells what holds at
 * that moment. What is still to be told is forgotten with the process. Thread-safe.
 */
final class Webhooks {
    private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
    private static final int MAX_UNDELIVERED = 10_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final int MAX_DOUBLINGS = 6;

    /**
     * Where to: the body of {@code POST /webhook}.
     *
     * @param url an http address, or null for no webhooks
     * @param copies how often each is told; null for once
     */
    record Target(@Nullable URI url, @Nullable Integer copies) {
        private static final int MAX_COPIES = 1_000;

        static final Target NONE = new Target(null, null);

        /** @throws IllegalArgumentException if it is not such a target */
        Target {
            if (url != null && (!"http".equals(url.getScheme()) || url.getHost() == null)) {
                throw new IllegalArgumentException("the url must be http://host:port/path");
            }
            if (copies != null && (copies < 1 || copies > MAX_COPIES)) {
                throw new IllegalArgumentException("copies must be 1 to " + MAX_COPIES);
            }
        }
    }

    private final Desk desk;
    private final ApiSecret secret;
    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final Semaphore room = new Semaphore(MAX_UNDELIVERED);
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private volatile Target target;

    Webhooks(Desk desk, ApiSecret secret, Clock clock, ScheduledExecutorService timer, Target target) {
        this.desk = desk;
        this.secret = secret;
        this.clock = clock;
        this.timer = timer;
        this.target = target;
    }

    void target(Target newTarget) {
        target = newTarget;
    }

    /** Tells about this key, soon. */
    void tell(String key) {
        Target now = target;
        if (now.url() == null) {
            return;
        }
        for (int copy = 0; copy < (now.copies() == null ? 1 : now.copies()); copy++) {
            if (room.tryAcquire()) {
                send(key, 0);
            } else {
                LOG.warn("{} webhooks wait already; none is sent about {}, who asks is told", MAX_UNDELIVERED, key);
            }
        }
    }

    private void send(String key, int failures) {
        URI url = target.url();
        Entry entry = desk.find(key);
        if (url == null || entry == null) {
            room.release();
            return;
        }
        byte[] body = Json.STRICT.writeValueAsBytes(entry);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url).timeout(TIMEOUT).POST(BodyPublishers.ofByteArray(body));
        secret.headers(ApiSecret.WEBHOOK, body, clock.instant()).forEach(request::header);
        http.sendAsync(request.build(), BodyHandlers.discarding()).whenComplete((response, failure) -> {
            if (failure == null && response.statusCode() / 100 == 2) {
                room.release();
            } else {
                sendLater(key, failures);
            }
        });
    }

    private void sendLater(String key, int failures) {
        long pauseMillis = FIRST_PAUSE_MILLIS << Math.min(failures, MAX_DOUBLINGS);
        try {
            timer.schedule(() -> send(key, failures + 1), pauseMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed; the webhook about {} is not sent again", key, e);
        }
    }
}
