package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.PaymentRequest;
import bayar.store.MemoryStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The monitor's door, and who tries to get through it. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DoorTest {
    private static final String TOKEN = "a-token-that-nobody-guesses";
    private static final String HOST = "Host: 127.0.0.1";

    private final AtomicLong nanos = new AtomicLong();
    private final Kept levels = new Kept(new ConcurrentHashMap<>(Map.of(LogLevels.ROOT, LogLevels.Level.INFO)));
    private final Monitor monitor = Monitor.builder()
            .port(0)
            .token(TOKEN)
            .nanoTicker(nanos::get)
            .logLevels(levels)
            .build();
    private final Shop shop = new Shop(new MemoryStore(), monitor);
    private final URI url = monitor.url();

    @AfterEach
    void close() {
        shop.close();
    }

    private RawHttp get(String path, String... headers) throws IOException {
        return send("GET " + path, "", headers);
    }

    private RawHttp send(String request, String body, String... headers) throws IOException {
        List<String> head = new ArrayList<>(List.of(request + " HTTP/1.1", HOST));
        head.addAll(List.of(headers));
        return RawHttp.send(url, body, head.toArray(String[]::new));
    }

    /** Levels that nothing logs by. */
    private record Kept(Map<String, Level> levels) implements LogLevels {
        @Override
        public void set(String logger, Level level) {
            levels.put(logger, level);
        }
    }

    private static JsonNode json(RawHttp answer) {
        return Json.MAPPER.readTree(answer.body());
    }

    private RawHttp resolve(String id, String as, String... headers) throws IOException {
        String order = "{\"principal\":\"till\",\"id\":\"" + id + "\",\"as\":\"" + as
                + "\",\"by\":\"Aminah\",\"because\":\"statement of 23 Nov\"}";
        return send("POST /resolve", order, headers);
    }

    private static final String[] WITH_TOKEN = {"Authorization: Bearer " + TOKEN, "Content-Type: application/json"};

    @Test
    void showsAnOpenPaymentWithItsHistoryAndSettlesIt() throws IOException {
        shop.doubt("p-1");
        JsonNode open = json(get("/payments/unresolved?max=10")).path("payments");
        assertEquals(1, open.size());
        assertEquals("p-1", open.path(0).path("id").asString());
        assertEquals("in_doubt", open.path(0).path("status").asString());
        assertEquals("***e", open.path(0).path("payer").asString());
        assertFalse(get("/payments/unresolved").body().contains("alice"), "accounts are masked");

        JsonNode told = json(get("/payment?principal=till&id=p-1"));
        assertEquals("p-1", told.path("payment").path("id").asString());
        assertEquals("sale", told.path("records").path(0).path("recorded").asString());
        assertEquals("in_doubt", told.path("records").path(1).path("status").asString());

        RawHttp settled = resolve("p-1", "not_executed", WITH_TOKEN);
        assertEquals(200, settled.status(), settled.body());
        assertEquals("failed", json(settled).path("status").asString());
        told = json(get("/payment?principal=till&id=p-1"));
        assertTrue(told.path("payment").isNull());
        assertEquals("failed", told.path("status").asString());
        assertEquals(
                "Aminah",
                told.path("records").path(2).path("evidence").path("operator").asString());
        assertEquals(409, resolve("p-1", "approved", WITH_TOKEN).status());
        assertEquals(0, json(get("/payments/unresolved")).path("payments").size());
    }

    @Test
    void anAmountIsTakenInThePaymentsCurrency() throws IOException {
        shop.doubt("p-1");
        String order =
                "{\"principal\":\"till\",\"id\":\"p-1\",\"as\":\"approved\",\"amount\":400,\"by\":\"A\",\"because\":\"b\"}";
        RawHttp settled = send("POST /resolve", order, WITH_TOKEN);
        assertEquals("approved_partial", json(settled).path("reason").asString(), settled.body());
        assertEquals(400, json(settled).path("amount").asInt());
    }

    @Test
    void machinesGetMetricsAndHealth() throws IOException {
        shop.call(Shop.sale("c-1", "alice", PaymentRequest.LEDGER));
        RawHttp metrics = get("/metrics");
        assertEquals(200, metrics.status());
        assertTrue(metrics.body().contains("bayar_payments_total"), metrics.body());
        assertEquals(200, get("/health/live").status());
        assertEquals(200, get("/health/ready").status());
        assertTrue(json(get("/glance")).path("queue").path("capacity").asInt() > 0);
        JsonNode health = json(get("/health"));
        assertEquals("ready", health.path("status").asString());
        assertEquals("engine", health.path("checks").path(0).path("name").asString());
    }

    /** A page whose own name was made to lead here would otherwise read everything (DNS rebinding). */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:2348",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "[::2]",
                "",
                "127.0.0.1@evil.example",
                "10.0.0.7"
            })
    void aRequestForAnotherHostIsTurnedAway(String host) throws IOException {
        for (String path : new String[] {"/", "/metrics", "/events", "/payments/unresolved", "/health/live"}) {
            RawHttp answer = RawHttp.send(url, "", "GET " + path + " HTTP/1.1", "Host: " + host);
            assertEquals(421, answer.status(), path);
        }
        RawHttp order =
                RawHttp.send(url, "{}", "POST /resolve HTTP/1.1", "Host: " + host, WITH_TOKEN[0], WITH_TOKEN[1]);
        assertEquals(421, order.status());
    }

    @Test
    void aRequestForNoHostIsTurnedAwayAndOneForThisMachineIsNot() throws IOException {
        assertEquals(421, RawHttp.send(url, "", "GET / HTTP/1.0").status());
        for (String host : new String[] {"localhost", "LOCALHOST:1", "127.0.0.1:2348", "[::1]:2348", "[::1]"}) {
            assertEquals(
                    200,
                    RawHttp.send(url, "", "GET / HTTP/1.1", "Host: " + host).status(),
                    host);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Nothing: 1",
                "Authorization: Bearer ",
                "Authorization: Bearer a-token-that-nobody-guesse",
                "Authorization: Bearer a-token-that-nobody-guessesX",
                "Authorization: a-token-that-nobody-guesses",
                "Authorization: bearer a-token-that-nobody-guesses",
                "Authorization: Basic !!!",
                "Cookie: token=a-token-that-nobody-guesses"
            })
    void nothingIsSettledWithoutTheToken(String header) throws IOException {
        shop.doubt("p-1");
        RawHttp answer = resolve("p-1", "approved", header, "Content-Type: application/json");
        assertEquals(401, answer.status());
        assertEquals("Bearer", answer.header("www-authenticate"), "the browser is not to ask for a password");
        assertEquals(1, json(get("/payments/unresolved")).path("payments").size());
    }

    private static final String QUIETER = "{\"logger\":\"bayar.request\",\"level\":\"warn\"}";

    @Test
    void levelsOfLoggersAreShownAndChanged() throws IOException {
        assertEquals("{\"loggers\":{\"root\":\"info\"}}", get("/loggers").body());
        RawHttp changed = send("PUT /loggers", QUIETER, WITH_TOKEN);
        assertEquals(200, changed.status(), changed.body());
        assertEquals("warn", json(changed).path("loggers").path("bayar.request").asString());
        assertEquals(LogLevels.Level.WARN, levels.levels().get("bayar.request"));
        assertEquals(405, send("POST /loggers", QUIETER, WITH_TOKEN).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Nothing: 1",
                "Authorization: Bearer ",
                "Authorization: Bearer a-token-that-nobody-guessesX",
                "Authorization: Basic YW55OmEtdG9rZW4tdGhhdC1ub2JvZHktZ3Vlc3Nlcw=="
            })
    void noLevelIsChangedWithoutTheToken(String header) throws IOException {
        assertEquals(
                401,
                send("PUT /loggers", QUIETER, header, "Content-Type: application/json")
                        .status());
        assertEquals(Map.of(LogLevels.ROOT, LogLevels.Level.INFO), levels.levels());
    }

    /** What is told becomes the name of a logger, and a line of the audit log. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "no json",
                "null",
                "{}",
                "{\"logger\":\"a\"}",
                "{\"logger\":\"\",\"level\":\"warn\"}",
                "{\"logger\":\"a\\nb\",\"level\":\"warn\"}",
                "{\"logger\":\"a b\",\"level\":\"warn\"}",
                "{\"logger\":\"a\",\"level\":\"WARN\"}",
                "{\"logger\":\"a\",\"level\":\"loud\"}"
            })
    void aLevelOrALoggerThatIsNoneIsRefused(String order) throws IOException {
        assertEquals(400, send("PUT /loggers", order, WITH_TOKEN).status());
        assertEquals(Map.of(LogLevels.ROOT, LogLevels.Level.INFO), levels.levels());
    }

    /** A browser sends a password by itself, also when another page makes it send something. */
    @Test
    void aPasswordIsEnoughToLookAndNotToSettle() throws IOException {
        shop.doubt("p-1");
        String password = "Authorization: Basic "
                + Base64.getEncoder().encodeToString(("any:" + TOKEN).getBytes(StandardCharsets.UTF_8));
        assertEquals(
                401,
                resolve("p-1", "approved", password, "Content-Type: application/json")
                        .status());
    }

    @Test
    void withoutATokenThereIsNothingToSettleWith() throws IOException {
        Monitor bare = Monitor.builder().port(0).build();
        try (Shop other = new Shop(new MemoryStore(), bare)) {
            other.doubt("p-1");
            RawHttp answer =
                    RawHttp.send(bare.url(), "{}", "POST /resolve HTTP/1.1", HOST, WITH_TOKEN[0], WITH_TOKEN[1]);
            assertEquals(403, answer.status());
            assertEquals(
                    200, RawHttp.send(bare.url(), "", "GET / HTTP/1.1", HOST).status());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site",
                "Origin: http://evil.example",
                "Origin: null",
                "Origin: http://127.0.0.1:1"
            })
    void anotherSitesPageSettlesAndReadsNothing(String header) throws IOException {
        shop.doubt("p-1");
        assertEquals(
                403,
                resolve("p-1", "approved", header, WITH_TOKEN[0], WITH_TOKEN[1]).status());
        for (String path :
                new String[] {"/events", "/payments/unresolved", "/payment?principal=till&id=p-1", "/metrics"}) {
            assertEquals(403, get(path, header).status(), path);
        }
        RawHttp asked = send("OPTIONS /resolve", "", header, "Access-Control-Request-Method: POST");
        assertEquals(403, asked.status());
        assertTrue(asked.headers().keySet().stream().noneMatch(name -> name.startsWith("access-control")));
        assertEquals(1, json(get("/payments/unresolved")).path("payments").size());
    }

    @Test
    void anOrderIsJsonOfAUsualSizeAndSaysWhatIsMissing() throws IOException {
        String auth = WITH_TOKEN[0];
        assertEquals(
                415,
                send("POST /resolve", "{}", auth, "Content-Type: text/plain").status());
        assertEquals(415, send("POST /resolve", "{}", auth).status());
        assertEquals(413, send("POST /resolve", "x".repeat(70_000), WITH_TOKEN).status());
        assertEquals(400, send("POST /resolve", "no json", WITH_TOKEN).status());
        assertEquals(400, send("POST /resolve", "null", WITH_TOKEN).status());
        RawHttp missing = send("POST /resolve", "{\"id\":\"p\"}", WITH_TOKEN);
        assertEquals("{\"error\":\"principal, id, as, by and because must be given\"}", missing.body());
    }

    @Test
    void everyPathTakesItsOwnMethodsAlone() throws IOException {
        for (String path : new String[] {"/", "/page.js", "/metrics", "/health", "/payments/unresolved"}) {
            RawHttp head = send("HEAD " + path, "");
            assertEquals(200, head.status(), path);
            assertEquals("", head.body(), path);
            for (String method : new String[] {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"}) {
                RawHttp refused = send(method + " " + path, "");
                assertEquals(405, refused.status(), method + " " + path);
                assertEquals("GET, HEAD", refused.header("allow"));
            }
        }
        assertEquals("POST", get("/resolve").header("allow"));
        assertEquals(405, get("/resolve").status());
        for (String method : new String[] {"HEAD", "POST", "OPTIONS"}) {
            assertEquals(405, send(method + " /events", "").status(), method);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../module-info.class",
                "/%2e%2e/Monitor.class",
                "/..%2fMonitor.class",
                "/page/page.js",
                "/page.js/",
                "/page.js%00",
                "/PAGE.JS",
                "//page.js",
                "/./page.js",
                "/index.html",
                "/../../../../etc/passwd",
                "/uPlot.LICENSE.txt",
                "/payments",
                "/payment/"
            })
    void noOtherFileAndNoOtherPathIsThere(String path) throws IOException {
        assertEquals(404, get(path).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/payment",
                "/payment?",
                "/payment?id=p-1",
                "/payment?principal=till&id=p-1&id=p-2",
                "/payment?principal=till&id=%zz",
                "/payment?principal=till&id=p-1&more=1",
                "/payment?=&=",
                "/payments/unresolved?max=0",
                "/payments/unresolved?max=10001",
                "/payments/unresolved?max=-1",
                "/payments/unresolved?max=99999999999",
                "/payments/unresolved?"
            })
    void aQueryThatIsNoneIsRefused(String path) throws IOException {
        int status = get(path).status();
        assertEquals(400, status);
    }

    @Test
    void anUnknownPaymentIsNotFoundWhateverItIsCalled() throws IOException {
        for (String id :
                new String[] {"p-9", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "..%2F..", "%00", "%27%20OR%201%3D1"}) {
            RawHttp answer = get("/payment?principal=till&id=" + id);
            assertEquals(404, answer.status(), id);
            assertEquals("application/json", answer.header("content-type"));
        }
    }

    @Test
    void everyAnswerTellsTheBrowserToRunNothingButThePagesOwnFiles() throws IOException {
        for (String path : new String[] {"/", "/page.css", "/metrics", "/nothing", "/payments/unresolved"}) {
            RawHttp answer = get(path);
            assertEquals(
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                    answer.header("content-security-policy"));
            assertEquals("nosniff", answer.header("x-content-type-options"));
            assertEquals("no-store", answer.header("cache-control"));
            assertEquals("same-origin", answer.header("cross-origin-resource-policy"));
            assertNull(answer.header("access-control-allow-origin"));
        }
    }

    /** Over a connection that is kept for the next request. */
    private int status(String path) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) url.resolve(path).toURL().openConnection();
            connection.setReadTimeout(30_000);
            int status = connection.getResponseCode();
            connection.getInputStream().readAllBytes();
            return status;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Time that leaps while it is served cuts it off as well, and it comes again. */
    private int statusOnceServed(int attempts) {
        try {
            return status("");
        } catch (UncheckedIOException e) {
            if (attempts == 0) {
                throw e;
            }
            return statusOnceServed(attempts - 1);
        }
    }

    @Test
    void tenThousandRequestsAreAnsweredAndTheNextOneIsToo() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(8);
        List<Future<Integer>> answered = new ArrayList<>();
        for (int caller = 0; caller < 8; caller++) {
            answered.add(callers.submit(() -> {
                int good = 0;
                for (int i = 0; i < 1_250; i++) {
                    good += status(i % 2 == 0 ? "health/live" : "page.js") == 200 ? 1 : 0;
                }
                return good;
            }));
        }
        int good = 0;
        for (Future<Integer> some : answered) {
            good += some.get();
        }
        callers.shutdown();
        assertEquals(10_000, good);
        assertEquals(200, get("/").status());
    }

    /** One event after the other from {@code GET /events}. */
    private record Stream(Socket socket, BufferedReader lines) implements AutoCloseable {
        static Stream open(URI url, String... headers) throws IOException {
            Socket socket = RawHttp.open(url);
            String head =
                    "GET /events HTTP/1.1\r\nConnection: close\r\n" + HOST + "\r\n" + String.join("", headers) + "\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            return new Stream(
                    socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
        }

        /** The rest of the next line that begins so; null at the end of the stream. */
        String next(String beginning) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(beginning)) {
                    return line.substring(beginning.length());
                }
            }
            return "";
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void glancesComeAsTheyAreAndGoOnWhereTheBrowserWas() throws IOException {
        shop.trade();
        String seen;
        try (Stream stream = Stream.open(url)) {
            assertEquals(" 200 OK", stream.next("HTTP/1.1"));
            JsonNode glance = Json.MAPPER.readTree(stream.next("data: "));
            while (glance.path("inDoubt").path("count").asInt() == 0) {
                glance = Json.MAPPER.readTree(stream.next("data: "));
            }
            assertTrue(glance.path("byReason").path("insufficient_funds").asLong() >= 1);
            assertEquals(
                    "declined",
                    glance.path("statusOf").path("insufficient_funds").asString());
            assertTrue(glance.path("byStatus").path("approved").asLong() >= 1);
            assertTrue(glance.path("connections").has("tcp")
                    && glance.path("connections").has("ws"));
            assertTrue(glance.path("refusing").isNull());
            seen = stream.next("id: ");
        }
        for (String again : new String[] {"Last-Event-ID: " + seen + "\r\n"}) {
            try (Stream stream = Stream.open(url, again)) {
                assertTrue(Long.parseLong(stream.next("id: ")) > Long.parseLong(seen));
            }
        }
    }

    @Test
    void thirtyTwoMayLookAndTheNextIsToldToComeLaterButAllElseIsServed() throws IOException {
        List<Stream> open = new ArrayList<>();
        try {
            for (int i = 0; i < Door.STREAMS; i++) {
                Stream stream = Stream.open(url);
                assertEquals(" 200 OK", stream.next("HTTP/1.1"));
                open.add(stream);
            }
            RawHttp turnedAway = get("/events");
            assertEquals(503, turnedAway.status());
            assertEquals("5", turnedAway.header("retry-after"));
            assertEquals(200, get("/").status());
            // A stream ends by itself in time, so that nobody who is gone keeps others out.
            nanos.addAndGet(Duration.ofSeconds(21).toNanos());
            for (Stream stream : open) {
                assertEquals("", stream.next("nothing begins so"));
            }
            try (Stream stream = Stream.open(url)) {
                assertEquals(" 200 OK", stream.next("HTTP/1.1"));
            }
        } finally {
            for (Stream stream : open) {
                stream.close();
            }
        }
    }

    /** A whole minute of nothing would otherwise hold every thread of the door. */
    @Test
    void whoNeverFinishesARequestIsCutOff() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                Socket socket = RawHttp.open(url);
                String begun = i % 2 == 0
                        ? "GET /pay"
                        : "POST /resolve HTTP/1.1\r\n" + HOST + "\r\n" + String.join("\r\n", WITH_TOKEN)
                                + "\r\nContent-Length: 9\r\n\r\n{";
                socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }
            CompletableFuture<Integer> honest = CompletableFuture.supplyAsync(() -> statusOnceServed(20));
            while (!honest.isDone()) {
                nanos.addAndGet(Duration.ofSeconds(31).toNanos());
                Thread.sleep(100);
            }
            assertEquals(200, honest.get());
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void moreThanThisMachineTakesATokenAndATokenIsNoWord() {
        Monitor bare = Monitor.builder().port(0).host("0.0.0.0").build();
        BayarException refused = assertThrows(BayarException.class, () -> new Shop(new MemoryStore(), bare));
        assertTrue(String.valueOf(refused.getMessage()).contains("token"), refused.getMessage());
        Monitor.Builder builder = Monitor.builder();
        assertThrows(BayarException.class, () -> builder.token("short"));
        assertThrows(BayarException.class, () -> builder.token("a token with spaces in it"));
        assertThrows(BayarException.class, () -> builder.port(65_536));
        assertNotNull(assertThrows(BayarException.class, Monitor.builder().build()::url)
                .getMessage());
    }
}
