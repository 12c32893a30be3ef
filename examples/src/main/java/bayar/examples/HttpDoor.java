package bayar.examples;

import bayar.BayarException;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Receipt;
import bayar.codec.ReceiptWriter;
import bayar.engine.PaymentEngine;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * An engine's door to HTTP. What is answered is JSON; a refusal is {@code {"error"}}.
 *
 * <ul>
 *   <li>{@code POST /notifications/{method}} takes a processor's webhook. 200 means that it is on record; 400 that it is
 *       not authentic or about no payment here; 503 that it is to be sent again.
 *   <li>{@code GET /operator/unresolved?max=N} tells what is not settled: {@code {"payments": […]}}, see {@link
 *       OpenPayment}.
 *   <li>{@code POST /operator/resolve} settles a payment by hand, see {@link ResolveOrder}, and answers its receipt; 409
 *       when it is not in a state that allows this.
 * </ul>
 *
 * The operator comes with the token as the bearer of {@link OperatorFile}, to a door that only this machine can reach;
 * where there is no token those paths are not there. Thread-safe.
 */
final class HttpDoor implements AutoCloseable {
    /** The most payments that are told at once. */
    static final int MAX_TOLD = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
    private static final int MAX_BODY = 64 * 1024;
    private static final int THREADS = 16;
    private static final int MAX_QUEUE = 256;
    private static final int BACKLOG = 256;
    private static final int PATIENCE_SECONDS = 10;
    private static final int RETRY_AFTER_SECONDS = 1;
    private static final int DEFAULT_MAX = 1_000;
    private static final String BEARER = "Bearer ";
    private static final String NOTIFICATIONS = "/notifications/";
    private static final String UNRESOLVED = "/operator/unresolved";
    private static final String RESOLVE = "/operator/resolve";
    private static final Pattern MAX = Pattern.compile("max=([1-9][0-9]{0,4})");

    private final PaymentEngine engine;
    private final byte @Nullable [] bearer;
    private final Clock clock;
    private final HttpServer server;
    private final ThreadPoolExecutor workers;

    private HttpDoor(HttpServer server, PaymentEngine engine, @Nullable String token, Clock clock) {
        this.server = server;
        this.engine = engine;
        this.clock = clock;
        bearer = token == null ? null : (BEARER + token).getBytes(StandardCharsets.UTF_8);
        AtomicInteger number = new AtomicInteger();
        // A connection beyond the queue is closed: whoever comes again later is served.
        workers = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_QUEUE), task -> {
                    Thread thread = new Thread(task, "bayar-http-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Limits what every HTTP server of this process puts up with: no wait of 40 ms for an acknowledgement, an end to slow
     * senders and to slow readers, and a bound on connections. The JDK reads this once, when the first of them is opened,
     * whoever's it is.
     */
    static void limit() {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "30");
        System.setProperty("jdk.httpserver.maxConnections", "4096");
    }

    /**
     * Opens it, within the {@linkplain #limit limits} that were set before.
     *
     * @param address where to listen; port 0 takes a free one
     * @param token the operator's, or null when there is no operator here
     * @throws BayarException if it cannot listen there
     */
    static HttpDoor open(InetSocketAddress address, PaymentEngine engine, @Nullable String token, Clock clock) {
        try {
            HttpServer server = HttpServer.create(address, BACKLOG);
            HttpDoor door = new HttpDoor(server, engine, token, clock);
            server.createContext("/", door::handle);
            server.setExecutor(door.workers);
            server.start();
            return door;
        } catch (IOException e) {
            throw new BayarException(
                    "cannot listen for HTTP on " + address + ": " + e.getMessage() + "; choose another --http port", e);
        }
    }

    /** Where it listens. */
    URI url() {
        String host = server.getAddress().getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + server.getAddress().getPort());
    }

    /** Stops listening, and breaks what is under way. */
    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }

    /** An answer of JSON. */
    private record Reply(int status, byte[] json, Map<String, String> headers) {
        static Reply of(byte[] json) {
            return new Reply(200, json, Map.of());
        }

        static Reply refused(int status, String error) {
            return new Reply(status, Json.MAPPER.writeValueAsBytes(Map.of("error", error)), Map.of());
        }

        Reply with(String header, String value) {
            return new Reply(status, json, Map.of(header, value));
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        Reply reply;
        try {
            reply = reply(exchange);
        } catch (RuntimeException e) {
            LOG.error("a defect: a request over HTTP failed, and is answered 500", e);
            reply = Reply.refused(500, "internal error");
        }
        answer(exchange, reply);
    }

    private Reply reply(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith(NOTIFICATIONS) && path.length() > NOTIFICATIONS.length()) {
            return only("POST", exchange, () -> deliver(path.substring(NOTIFICATIONS.length()), exchange));
        }
        boolean isOperators = path.equals(UNRESOLVED) || path.equals(RESOLVE);
        if (!isOperators || bearer == null) {
            return Reply.refused(404, "there is nothing here");
        }
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization == null || !MessageDigest.isEqual(bearer, authorization.getBytes(StandardCharsets.UTF_8))) {
            return Reply.refused(401, "the operator's token is missing or wrong")
                    .with("WWW-Authenticate", "Bearer");
        }
        return path.equals(UNRESOLVED)
                ? only(
                        "GET",
                        exchange,
                        () -> unresolved(exchange.getRequestURI().getQuery()))
                : only("POST", exchange, () -> resolve(exchange));
    }

    private interface Work {
        Reply run() throws IOException;
    }

    private static Reply only(String method, HttpExchange exchange, Work work) throws IOException {
        return exchange.getRequestMethod().equals(method)
                ? work.run()
                : Reply.refused(405, "only " + method + " here").with("Allow", method);
    }

    private Reply deliver(String method, HttpExchange exchange) throws IOException {
        byte[] body = body(exchange);
        if (body == null) {
            return tooLarge();
        }
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
        return replyWhenDone(engine.deliver(method, new Notification(headers, body)), 503);
    }

    private Reply unresolved(@Nullable String query) {
        Matcher max = MAX.matcher(query == null ? "max=" + DEFAULT_MAX : query);
        if (!max.matches() || Integer.parseInt(max.group(1)) > MAX_TOLD) {
            return Reply.refused(400, "the query is not max=N, with N from 1 to " + MAX_TOLD);
        }
        Instant now = clock.instant();
        return replyWhenDone(
                engine.unresolved(Integer.parseInt(max.group(1))),
                503,
                payments -> Json.MAPPER.writeValueAsBytes(new OpenPayments(payments.stream()
                        .map(payment -> OpenPayment.of(payment, now))
                        .toList())));
    }

    /** The answer to what is asked at {@value #UNRESOLVED}. */
    record OpenPayments(List<OpenPayment> payments) {}

    private Reply resolve(HttpExchange exchange) throws IOException {
        byte[] body = body(exchange);
        if (body == null) {
            return tooLarge();
        }
        ResolveOrder order;
        try {
            order = Json.read(body, ResolveOrder.class);
        } catch (JacksonException e) {
            // What the order itself finds fault with is said in its own words.
            return Reply.refused(
                    400, e.getCause() instanceof BayarException fault ? fault.getMessage() : e.getOriginalMessage());
        }
        return replyWhenDone(order.tell(engine), 409);
    }

    private static byte @Nullable [] body(HttpExchange exchange) throws IOException {
        try (InputStream in = exchange.getRequestBody()) {
            byte[] body = in.readNBytes(MAX_BODY + 1);
            return body.length > MAX_BODY ? null : body;
        }
    }

    private static Reply tooLarge() {
        return Reply.refused(413, "the body is larger than " + MAX_BODY + " bytes");
    }

    private static Reply replyWhenDone(CompletableFuture<Receipt> receipt, int otherwise) {
        return replyWhenDone(receipt, otherwise, new ReceiptWriter()::write);
    }

    private interface Shown<T> {
        byte[] json(T value);
    }

    /** @param otherwise the status when the engine refuses */
    private static <T> Reply replyWhenDone(CompletableFuture<T> future, int otherwise, Shown<T> shown) {
        try {
            return Reply.of(shown.json(future.get(PATIENCE_SECONDS, TimeUnit.SECONDS)));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NotificationException refused) {
                return Reply.refused(400, refused.getMessage());
            }
            if (e.getCause() instanceof BayarException refused) {
                Reply reply = Reply.refused(otherwise, refused.getMessage());
                return otherwise == 503 ? comeAgain(reply) : reply;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            return comeAgain(Reply.refused(503, "not done in " + PATIENCE_SECONDS + " s; it may still be"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return comeAgain(Reply.refused(503, "the server ends"));
        }
    }

    private static Reply comeAgain(Reply reply) {
        return reply.with("Retry-After", "" + RETRY_AFTER_SECONDS);
    }

    private static void answer(HttpExchange exchange, Reply reply) {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            reply.headers().forEach(exchange.getResponseHeaders()::set);
            boolean isHead = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(reply.status(), isHead ? -1 : reply.json().length);
            if (!isHead) {
                exchange.getResponseBody().write(reply.json());
            }
        } catch (IOException e) {
            LOG.debug("whoever asked is gone; what was done stands", e);
        }
    }
}
