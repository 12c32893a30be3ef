package bayar.examples.acquirer;

import bayar.BayarException;
import bayar.examples.card.ApiSecret;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * A card acquirer that exists on this machine only: it executes payments by writing them into its book, and goes wrong on
 * demand. Every request is signed as {@link ApiSecret} says; one that is not is answered 401. Bodies are JSON.
 *
 * <ul>
 *   <li>{@code POST /payments} executes {@code {"key", "type": authorize | sale | capture | void | refund, "amount",
 *       "currency", "original"?, "card"?, "merchantReference"?, "final"?, "notAfter"?}} and answers 200 and {@code {"key", "status":
 *       approved | declined | reversed, "reason"?, "reference"?, "amount"?, "currency"?, "time", "order"?}}. The key is
 *       executed once; whoever sends it again is told what holds now, or 409 {@code key_reused} when it was another order.
 *       After {@code notAfter}, in milliseconds since 1970 UTC, nothing new is executed: 408 {@code too_late}.
 *       {@code original} is the reference, or the key, of an authorize or a sale. What is declined, {@link Desk} says.
 *   <li>{@code GET /payments/{key}} tells the same, or 404 {@code unknown_key}.
 *   <li>{@code POST /payments/{key}/reversal} undoes it, or makes sure that the key is never executed, and tells the same;
 *       409 {@code built_on} when another payment builds on it.
 *   <li>{@code GET /book} lists all.
 *   <li>{@code POST /faults} sets what goes wrong, in the place of what did: {@code {"seed"?, "faults": [{"kind", "on"?,
 *       "percent"?, "times"?, "millis"?}]}}; see {@link Fault}.
 *   <li>{@code POST /webhook} sets where outcomes are told: {@code {"url"?, "copies"?}}; the body is as above.
 * </ul>
 *
 * A request that is refused is answered {@code {"error"}}. Faults and the webhook do not outlive the process; the book
 * does, a kill too. Thread-safe.
 */
public final class Acquirer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Acquirer.class);
    private static final int MAX_BODY = 64 * 1024;
    private static final int THREADS = 16;
    private static final int MAX_QUEUE = 1_024;
    private static final int MAX_HELD = 1_000;
    private static final int BACKLOG = 1_024;
    private static final Pattern ONE = Pattern.compile("(GET|POST) /payments/([^/]+)(/reversal)?");

    static {
        // The JDK's server reads these once: no wait of 40 ms for an acknowledgement, no end of connections or of a
        // body.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", "30");
        System.setProperty("jdk.httpserver.maxConnections", "4096");
    }

    private final Book book;
    private final Desk desk;
    private final ApiSecret secret;
    private final Clock clock;
    private final HttpServer server;
    private final ThreadPoolExecutor workers;
    private final ScheduledThreadPoolExecutor timer;
    private final Webhooks webhooks;
    private volatile Dice dice = new Dice(new Fault.Mix(null, List.of()));
    /** Exchanges that are never answered: their connections stay open until there are too many of them. */
    private final Queue<HttpExchange> hung = new ArrayBlockingQueue<>(MAX_HELD);

    private Acquirer(Book book, HttpServer server, ApiSecret secret, Webhooks.Target target, Clock clock) {
        this.book = book;
        this.server = server;
        this.secret = secret;
        this.clock = clock;
        desk = new Desk(book, clock);
        ThreadFactory threads = threads();
        workers = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_QUEUE),
                threads,
                new ThreadPoolExecutor.CallerRunsPolicy());
        timer = new ScheduledThreadPoolExecutor(1, threads);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        webhooks = new Webhooks(desk, secret, clock, timer, target);
    }

    /**
     * Starts it.
     *
     * @param address where to listen; port 0 takes a free one
     * @param book the file of the book; begun when it is not there
     * @param webhook where outcomes are told from the start, or null for nowhere
     * @param clock the time in the book, and that of signatures
     * @throws BayarException if it cannot listen there, or not open the book
     */
    public static Acquirer start(
            InetSocketAddress address, Path book, ApiSecret secret, @Nullable URI webhook, Clock clock) {
        Webhooks.Target target;
        try {
            target = new Webhooks.Target(webhook, null);
        } catch (IllegalArgumentException e) {
            throw new BayarException("the webhook " + webhook + ": " + e.getMessage(), e);
        }
        Book opened = Book.open(book);
        try {
            HttpServer server = HttpServer.create(address, BACKLOG);
            Acquirer acquirer = new Acquirer(opened, server, secret, target, clock);
            server.createContext("/", acquirer::handle);
            server.setExecutor(acquirer.workers);
            server.start();
            return acquirer;
        } catch (IOException e) {
            close(opened);
            throw new BayarException("the acquirer cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    /** Where it listens. */
    public URI url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
    }

    /** Stops listening, breaks what is under way, and closes the book. */
    @Override
    public void close() {
        server.stop(0);
        timer.shutdownNow();
        workers.shutdownNow();
        close(book);
    }

    private static void close(Book book) {
        try {
            book.close();
        } catch (IOException e) {
            LOG.warn("the book could not be closed; what was answered is in it", e);
        }
    }

    private static ThreadFactory threads() {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "acquirer-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** An answer: an entry, entries, or what is wrong. */
    private record Reply(int status, Object body) {
        static Reply refused(int status, String error) {
            return new Reply(status, Map.of("error", error));
        }

        static Reply of(@Nullable Entry entry, int otherwise, String error) {
            return entry == null ? refused(otherwise, error) : new Reply(200, entry);
        }

        Reply withOneMore() {
            return body instanceof Entry entry && entry.amount() != null
                    ? new Reply(status, entry.withAmount(entry.amount() + 1))
                    : this;
        }
    }

    /** What is to be done for a request that is in order. */
    private interface Work {
        Reply run() throws IOException;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String purpose = exchange.getRequestMethod() + ' ' + exchange.getRequestURI();
        byte[] body;
        try (InputStream in = exchange.getRequestBody()) {
            body = in.readNBytes(MAX_BODY + 1);
        }
        Headers headers = exchange.getRequestHeaders();
        if (body.length > MAX_BODY) {
            answer(exchange, Reply.refused(413, "too_large"));
        } else if (!secret.isAuthentic(
                purpose,
                headers.getFirst(ApiSecret.TIMESTAMP),
                headers.getFirst(ApiSecret.SIGNATURE),
                body,
                clock.instant())) {
            answer(exchange, Reply.refused(401, "unauthorized"));
        } else {
            try {
                route(exchange, purpose, body);
            } catch (JacksonException e) {
                answer(exchange, Reply.refused(400, "malformed: " + e.getOriginalMessage()));
            }
        }
    }

    private void route(HttpExchange exchange, String purpose, byte[] body) {
        Matcher one = ONE.matcher(purpose);
        if (purpose.equals("POST /payments")) {
            PaymentOrder order = Json.read(body, PaymentOrder.class);
            meet(exchange, Fault.Call.PAYMENT, () -> execute(order));
        } else if (one.matches() && PaymentOrder.KEY.matcher(one.group(2)).matches()) {
            String key = one.group(2);
            boolean isReversal = one.group(3) != null;
            if (isReversal && one.group(1).equals("POST")) {
                meet(exchange, Fault.Call.REVERSAL, () -> reverse(key));
            } else if (!isReversal && one.group(1).equals("GET")) {
                meet(exchange, Fault.Call.INQUIRY, () -> Reply.of(desk.find(key), 404, "unknown_key"));
            } else {
                answer(exchange, Reply.refused(405, "wrong_method"));
            }
        } else if (purpose.equals("GET /book")) {
            answer(exchange, new Reply(200, desk.entries()));
        } else if (purpose.equals("POST /faults")) {
            Fault.Mix mix = Json.read(body, Fault.Mix.class);
            dice = new Dice(mix);
            answer(exchange, new Reply(200, mix));
        } else if (purpose.equals("POST /webhook")) {
            Webhooks.Target target = Json.read(body, Webhooks.Target.class);
            webhooks.target(target);
            answer(exchange, new Reply(200, target));
        } else {
            answer(exchange, Reply.refused(404, "no_such_path"));
        }
    }

    private Reply execute(PaymentOrder order) throws IOException {
        Entry entry;
        synchronized (desk) {
            if (desk.find(order.key()) == null && order.isTooLate(clock.instant())) {
                return Reply.refused(408, "too_late");
            }
            entry = desk.execute(order.withoutDeadline());
        }
        if (entry != null) {
            webhooks.tell(entry.key());
        }
        return Reply.of(entry, 409, "key_reused");
    }

    private Reply reverse(String key) throws IOException {
        Entry entry = desk.reverse(key);
        if (entry != null) {
            webhooks.tell(entry.key());
        }
        return Reply.of(entry, 409, "built_on");
    }

    /** Does the work, unless a fault keeps it from that. */
    private void meet(HttpExchange exchange, Fault.Call call, Work work) {
        Fault fault = dice.next(call);
        if (fault == null) {
            answer(exchange, done(work));
            return;
        }
        if (fault.kind() == Fault.Kind.DELAY_BEFORE) {
            later(exchange, fault.millis(), () -> answer(exchange, done(work)));
            return;
        }
        Reply reply = fault.kind().isBefore() ? Reply.refused(500, "fault") : done(work);
        switch (fault.kind()) {
            case HANG_BEFORE, HANG_AFTER -> hang(exchange);
            case DROP_BEFORE, DROP_AFTER -> exchange.close();
            case ERROR_BEFORE, ERROR_AFTER -> answer(exchange, Reply.refused(500, "fault"));
            case WRONG_AMOUNT -> answer(exchange, reply.withOneMore());
            case DELAY_BEFORE, DELAY_AFTER -> later(exchange, fault.millis(), () -> answer(exchange, reply));
        }
    }

    private static Reply done(Work work) {
        try {
            return work.run();
        } catch (IOException e) {
            LOG.error("the book cannot be written; this and all that follows is answered 500 until a restart", e);
            return Reply.refused(500, "book");
        }
    }

    private void hang(HttpExchange exchange) {
        while (!hung.offer(exchange)) {
            HttpExchange oldest = hung.poll();
            if (oldest != null) {
                oldest.close();
            }
        }
    }

    /** Past the most that may be held, the connection is dropped. */
    private void later(HttpExchange exchange, int millis, Runnable task) {
        if (timer.getQueue().size() >= MAX_HELD) {
            exchange.close();
            return;
        }
        try {
            timer.schedule(() -> workers.execute(task), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed; a delayed call is dropped", e);
            exchange.close();
        }
    }

    private static void answer(HttpExchange exchange, Reply reply) {
        byte[] json = Json.STRICT.writeValueAsString(reply.body()).getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), json.length);
            exchange.getResponseBody().write(json);
        } catch (IOException e) {
            LOG.debug("whoever asked is gone; what was done stands", e);
        }
    }
}
