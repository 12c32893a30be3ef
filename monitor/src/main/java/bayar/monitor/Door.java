package bayar.monitor;

import bayar.BayarException;
import bayar.Operator;
import bayar.PaymentHistory;
import bayar.UnresolvedPayment;
import bayar.codec.ReceiptWriter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The monitor's door to HTTP: the live page, what it is fed with, and what machines ask for. A refusal is {@code
 * {"error"}} in JSON. {@code docs/live-page.md} tells the paths. Thread-safe.
 *
 * <p>Whoever comes is held to {@link Access}. At most {@value #STREAMS} streams of glances are open; one ends by itself
 * after {@value #STREAM_SECONDS} seconds, and the browser comes again where it was: so nobody who is gone holds one.
 */
final class Door implements AutoCloseable {
    static final int STREAMS = 32;
    /** The most payments that are told at once. */
    static final int MAX_TOLD = 10_000;

    private static final Logger log = LoggerFactory.getLogger(Door.class);
    private static final int WORKERS = 16;
    private static final int MAX_WAITING = 256;
    private static final int BACKLOG = 256;
    private static final int STREAM_SECONDS = 20;
    private static final Duration CUT_OFF = Duration.ofSeconds(30);
    private static final Duration BEAT = Duration.ofSeconds(1);
    private static final int PATIENCE_SECONDS = 10;
    private static final int DEFAULT_MAX = 1_000;
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_QUERY = 2_048;
    private static final Pattern MAX = Pattern.compile("max=([1-9][0-9]{0,4})");
    private static final Pattern AFTER = Pattern.compile("(?:after=)?([0-9]{1,18})");
    private static final String LIVE = "/health/live";
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cache-Control",
            "no-store");

    static {
        // Otherwise a body waits up to 40 ms until its headers are acknowledged. The JDK's server reads this once.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    private final Operator operator;
    private final Glances glances;
    private final Access access;
    private final Clock clock;
    private final LongSupplier nanoTicker;
    private final HttpServer server;
    private final TimedWorkers workers;
    private final Semaphore streams = new Semaphore(STREAMS);
    private final Map<String, Map<String, Work>> routes = new HashMap<>();
    private volatile boolean isClosed;

    /** What machines ask for. */
    interface Views {
        /** {@code GET /metrics}. */
        Answer metrics();

        /** {@code GET /health/live}: whether the process is worth keeping. */
        Answer live();

        /** {@code GET /health/ready}: whether requests should be sent here. */
        Answer ready();

        /** {@code GET /health}. */
        Answer health();

        /** {@code GET /loggers}. */
        Answer loggers();

        /** {@code PUT /loggers}. */
        Answer setLogger(byte[] json);
    }

    private interface Work {
        Answer run(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private Door(
            HttpServer server,
            Access access,
            Operator operator,
            Glances glances,
            Views views,
            Clock clock,
            LongSupplier nanoTicker) {
        this.server = server;
        this.access = access;
        this.operator = operator;
        this.glances = glances;
        this.clock = clock;
        this.nanoTicker = nanoTicker;
        AtomicInteger number = new AtomicInteger();
        workers = new TimedWorkers(
                WORKERS + STREAMS,
                MAX_WAITING,
                CUT_OFF,
                task -> {
                    Thread thread = new Thread(task, "bayar-monitor-http-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                },
                nanoTicker);
        look("/metrics", exchange -> views.metrics());
        look(LIVE, exchange -> views.live());
        look("/health/ready", exchange -> views.ready());
        look("/health", exchange -> views.health());
        look("/loggers", exchange -> views.loggers());
        change("PUT", "/loggers", views::setLogger);
        look("/glance", exchange -> new Answer(200, "application/json", glances.latest(), Map.of()));
        look(
                "/payments/unresolved",
                exchange -> unresolved(exchange.getRequestURI().getRawQuery()));
        look("/payment", exchange -> payment(exchange.getRequestURI().getRawQuery()));
        change("POST", "/resolve", this::resolve);
    }

    private void look(String path, Work work) {
        route("GET", path, work);
        route("HEAD", path, work);
    }

    private interface Order {
        Answer take(byte[] json);
    }

    private void change(String method, String path, Order order) {
        route(method, path, exchange -> changed(exchange, order));
    }

    private void route(String method, String path, Work work) {
        routes.computeIfAbsent(path, anyPath -> new TreeMap<>()).put(method, work);
    }

    /**
     * Opens it.
     *
     * @param place where; without a token, which only loopback allows, nothing can be changed
     * @throws BayarException if it cannot listen there, or may not without a token
     */
    static Door open(
            LivePage.Place place,
            Operator operator,
            Glances glances,
            Views views,
            Clock clock,
            LongSupplier nanoTicker) {
        String host = place.host();
        String token = place.token();
        InetSocketAddress address = new InetSocketAddress(host, place.port());
        if (address.isUnresolved()) {
            throw new BayarException("host " + host + " of the monitor is not known; name an address of this machine");
        }
        if (token == null && !address.getAddress().isLoopbackAddress()) {
            throw new BayarException(
                    "host " + host + " of the monitor is more than this machine, which takes a token; give it one");
        }
        PageFiles files = new PageFiles();
        try {
            HttpServer server = HttpServer.create(address, BACKLOG);
            Access access = new Access(address, host, token);
            Door door = new Door(server, access, operator, glances, views, clock, nanoTicker);
            files.paths().forEach(path -> door.look(path, exchange -> files.at(path)));
            server.createContext("/", door::handle);
            server.setExecutor(door.workers);
            server.start();
            return door;
        } catch (IOException e) {
            throw new BayarException(
                    "the monitor cannot listen on " + address + ": " + e.getMessage() + "; choose another port", e);
        }
    }

    /** Where it listens. */
    URI url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + "/");
    }

    /** Cuts off whoever is served for too long; to be called once a second. */
    void cutOff() {
        workers.cutOff();
    }

    /** Stops listening, and breaks what is under way. */
    @Override
    public void close() {
        isClosed = true;
        server.stop(0);
        workers.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        HEADERS.forEach(exchange.getResponseHeaders()::set);
        Answer answer;
        try {
            if (isStream(exchange) && mayPass(exchange) == null) {
                stream(exchange);
                return;
            }
            answer = answer(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            exchange.close();
            return;
        } catch (RuntimeException e) {
            log.error("a defect: a request to the monitor failed, and is answered 500", e);
            answer = Answer.refused(500, "internal error");
        }
        send(exchange, answer);
    }

    private static boolean isStream(HttpExchange exchange) {
        return exchange.getRequestURI().getRawPath().equals("/events")
                && exchange.getRequestMethod().equals("GET");
    }

    private Answer answer(HttpExchange exchange) throws IOException, InterruptedException {
        Answer refusal = mayPass(exchange);
        if (refusal != null) {
            return refusal;
        }
        String path = exchange.getRequestURI().getRawPath();
        if (path.equals("/events")) {
            return Answer.refused(405, "only GET here").with("Allow", "GET");
        }
        Map<String, Work> methods = routes.get(path);
        if (methods == null) {
            return Answer.refused(404, "there is nothing here");
        }
        Work work = methods.get(exchange.getRequestMethod());
        if (work == null) {
            String allowed = String.join(", ", methods.keySet());
            return Answer.refused(405, "only " + allowed + " here").with("Allow", allowed);
        }
        return work.run(exchange);
    }

    /** Why this request is not let in at all, or null when it is. */
    private @Nullable Answer mayPass(HttpExchange exchange) {
        Headers headers = exchange.getRequestHeaders();
        String path = exchange.getRequestURI().getRawPath();
        if (!access.isOwnHost(headers)) {
            return Answer.refused(
                    421, "the request's Host is not this monitor's; open it by its address, or have host name it");
        }
        if (path.equals(LIVE)) {
            return null;
        }
        if (!path.equals("/") && Access.isOfAnotherSite(headers)) {
            return Answer.refused(403, "a page of another site has asked; nothing here is for it");
        }
        return access.mayLook(headers)
                ? null
                : Answer.refused(401, "the token is missing or wrong")
                        .with("WWW-Authenticate", "Basic realm=\"Bayar monitor\", charset=\"UTF-8\"");
    }

    private Answer changed(HttpExchange exchange, Order order) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        if (Access.isOfAnotherSite(headers)) {
            return Answer.refused(403, "a page of another site has asked; nothing here is for it");
        }
        if (!access.hasToken()) {
            return Answer.refused(403, "this monitor has no token, so it only shows; start it with one");
        }
        if (!access.mayChange(headers)) {
            return Answer.refused(401, "the operator's token is missing or wrong")
                    .with("WWW-Authenticate", "Bearer");
        }
        String type = headers.getFirst("Content-Type");
        if (type == null || !type.split(";", -1)[0].strip().equalsIgnoreCase("application/json")) {
            return Answer.refused(415, "Content-Type is not application/json");
        }
        try (InputStream in = exchange.getRequestBody()) {
            byte[] body = in.readNBytes(MAX_BODY + 1);
            return body.length > MAX_BODY
                    ? Answer.refused(413, "the body is larger than " + MAX_BODY + " bytes")
                    : order.take(body);
        }
    }

    private Answer resolve(byte[] json) {
        ResolveOrder order;
        try {
            order = Json.read(json, ResolveOrder.class);
        } catch (JacksonException e) {
            // What the order itself finds fault with is said in its own words.
            return Answer.refused(
                    400, e.getCause() instanceof BayarException fault ? fault.getMessage() : e.getOriginalMessage());
        }
        return whenDone(
                order.tell(operator),
                409,
                receipt -> new Answer(200, "application/json", new ReceiptWriter().write(receipt), Map.of()));
    }

    /** The answer to {@code GET /payments/unresolved}. */
    record OpenPayments(List<OpenPayment> payments) {}

    private Answer unresolved(@Nullable String query) {
        Matcher max = MAX.matcher(query == null ? "max=" + DEFAULT_MAX : query);
        if (!max.matches() || Integer.parseInt(max.group(1)) > MAX_TOLD) {
            return Answer.refused(400, "the query is not max=N, with N from 1 to " + MAX_TOLD);
        }
        Instant now = clock.instant();
        return whenDone(
                operator.unresolved(Integer.parseInt(max.group(1))),
                503,
                payments -> Answer.json(new OpenPayments(payments.stream()
                        .map(payment -> OpenPayment.of(payment, now))
                        .toList())));
    }

    /**
     * The answer to {@code GET /payment}.
     *
     * @param status how it stands
     * @param reason why
     * @param payment what an operator has to know, while it is open
     * @param records what was recorded about it, the oldest first
     * @param whole whether these are all of them
     */
    record PaymentTold(
            String status, String reason, @Nullable OpenPayment payment, List<RecordedEvent> records, boolean whole) {}

    private Answer payment(@Nullable String query) {
        Map<String, String> fields = fields(query);
        if (fields == null || !fields.keySet().equals(Set.of("principal", "id"))) {
            return Answer.refused(400, "the query is not principal=…&id=…");
        }
        String principal = fields.get("principal");
        String id = fields.get("id");
        Instant now = clock.instant();
        CompletableFuture<PaymentHistory> history = operator.history(principal, id);
        CompletableFuture<List<UnresolvedPayment>> open = operator.unresolved(MAX_TOLD);
        return whenDone(
                history.thenCombine(
                        open, (past, all) -> told(past, all, payment -> isNamed(payment, principal, id), now)),
                404,
                Answer::json);
    }

    private interface Named {
        boolean is(UnresolvedPayment payment);
    }

    private static PaymentTold told(PaymentHistory past, List<UnresolvedPayment> open, Named named, Instant now) {
        OpenPayment payment = open.stream()
                .filter(named::is)
                .findFirst()
                .map(found -> OpenPayment.of(found, now))
                .orElse(null);
        return new PaymentTold(
                past.receipt().status().code(),
                past.receipt().reason().code(),
                payment,
                past.events().stream().map(RecordedEvent::of).toList(),
                past.isWhole());
    }

    private static boolean isNamed(UnresolvedPayment payment, String principal, String id) {
        return payment.principal().equals(principal) && payment.request().id().equals(id);
    }

    /** The query's fields, or null when it is none. */
    private static @Nullable Map<String, String> fields(@Nullable String query) {
        if (query == null || query.length() > MAX_QUERY) {
            return null;
        }
        Map<String, String> fields = new HashMap<>();
        for (String field : query.split("&", -1)) {
            int equals = field.indexOf('=');
            if (equals < 1) {
                return null;
            }
            try {
                String value = URLDecoder.decode(field.substring(equals + 1), StandardCharsets.UTF_8);
                if (fields.put(field.substring(0, equals), value) != null) {
                    return null;
                }
            } catch (IllegalArgumentException e) {
                // Not percent-encoded as it must be.
                return null;
            }
        }
        return fields;
    }

    private interface Shown<T> {
        Answer of(T value);
    }

    /** @param otherwise the status when the engine refuses */
    private static <T> Answer whenDone(CompletableFuture<T> future, int otherwise, Shown<T> shown) {
        try {
            return shown.of(future.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BayarException refused) {
                return Answer.refused(otherwise, String.valueOf(refused.getMessage()));
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            return Answer.refused(503, "not done in " + PATIENCE_SECONDS + " s; it may still be");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.refused(503, "the monitor ends");
        }
    }

    /** Sends glances as they come, as server-sent events, until it is time for the browser to come again. */
    private void stream(HttpExchange exchange) throws InterruptedException {
        if (!streams.tryAcquire()) {
            send(
                    exchange,
                    Answer.refused(503, STREAMS + " look already; close another page")
                            .with("Retry-After", "5"));
            return;
        }
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            out.write("retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            long seen = seen(exchange);
            long began = nanoTicker.getAsLong();
            while (!isClosed && nanoTicker.getAsLong() - began < TimeUnit.SECONDS.toNanos(STREAM_SECONDS)) {
                for (Glances.Sent sent : glances.after(seen, BEAT)) {
                    out.write(("id: " + sent.timeMillis() + "\nevent: glance\ndata: ")
                            .getBytes(StandardCharsets.US_ASCII));
                    out.write(sent.json());
                    out.write("\n\n".getBytes(StandardCharsets.US_ASCII));
                    seen = sent.timeMillis();
                }
                out.flush();
            }
        } catch (IOException e) {
            log.debug("whoever looked is gone", e);
        } finally {
            streams.release();
        }
    }

    /** The last glance that this browser has: what it says itself when it comes again, or what the page says. */
    private static long seen(HttpExchange exchange) {
        String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
        String query = exchange.getRequestURI().getRawQuery();
        Matcher after = AFTER.matcher(last != null ? last : query != null ? query : "");
        return after.matches() ? Long.parseLong(after.group(1)) : 0;
    }

    private static void send(HttpExchange exchange, Answer answer) {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            boolean isHead = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.status(), isHead ? -1 : answer.body().length);
            if (!isHead) {
                exchange.getResponseBody().write(answer.body());
            }
        } catch (IOException e) {
            log.debug("whoever asked is gone; what was done stands", e);
        }
    }
}
