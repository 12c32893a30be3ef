package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Status;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.client.OutcomeUnknownException;
import bayar.client.PaymentClient;
import bayar.examples.card.ApiSecret;
import bayar.transport.tcp.TcpDialer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/**
 * The live page of a real server with a real acquirer, in a real Chromium. {@code -Dbayar.pictures=DIR} keeps the pictures
 * for the guide there, after a minute and a half of load; without it they go to a directory that nobody keeps.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LivePageTest {
    private static final @Nullable String PICTURES = System.getProperty("bayar.pictures");
    private static final int PER_SECOND = 400;

    private static final String MARKUP = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>";

    /** What the browser says while nobody listens: not the page's fault. */
    private static final String NOBODY_LISTENS = "net::ERR_";

    @TempDir
    private Path directory;

    private Browser browser;
    private ServerProcess acquirer;
    private ServerProcess server;
    private URI page;
    private Path pictures;

    @BeforeEach
    void start() throws IOException {
        browser = Browser.open(1360, 1000);
        pictures = PICTURES == null ? directory : Path.of(PICTURES);
        assertEquals(
                0,
                Cli.run("keys", "new", "--file", keys(), "--kid", "till-1", "--principal", "till", "--debit", "*")
                        .exitCode());
        Files.writeString(
                directory.resolve("accounts.csv"),
                "account,currency,opening\nalice,MYR,99999999999\nkedai,MYR,0\npoor,MYR,0\n");
        acquirer = ServerProcess.startAcquirer(
                directory, "--port=0", "--book=" + directory.resolve("book"), "--secret-file=" + secret());
        server = serve(0);
        page = URI.create(server.listening().stream()
                .filter(line -> line.endsWith("for the monitor"))
                .findFirst()
                .orElseThrow()
                .split(" ")[1]);
    }

    @AfterEach
    void stop() {
        for (AutoCloseable open : new AutoCloseable[] {browser, server, acquirer}) {
            close(open);
        }
    }

    private static void close(@Nullable AutoCloseable open) {
        try {
            if (open != null) {
                open.close();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private String keys() {
        return directory.resolve("keys.json").toString();
    }

    private Path secret() {
        return directory.resolve("secret");
    }

    private Signer till() {
        return Signer.of(KeySet.load(Path.of(keys())), "till-1");
    }

    private ServerProcess serve(int monitorPort) throws IOException {
        return ServerProcess.start(
                directory,
                Map.of(),
                "--tcp=0",
                "--ws=0",
                "--monitor=" + monitorPort,
                "--data=" + directory.resolve("ledger"),
                "--keys=" + keys(),
                "--accounts=" + directory.resolve("accounts.csv"),
                "--acquirer=" + acquirer.url("http"),
                "--acquirer-secret=" + secret(),
                "--acquirer-timeout=2",
                "--quiet");
    }

    private String token() {
        OperatorFile operator = OperatorFile.read(OperatorFile.in(directory.resolve("ledger")));
        assertNotNull(operator);
        return operator.token();
    }

    private void acquirerFails(String faults) throws IOException, InterruptedException {
        byte[] body = ("{\"faults\":[" + faults + "]}").getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(acquirer.url("http") + "/faults"))
                .POST(BodyPublishers.ofByteArray(body));
        ApiSecret.read(secret()).headers("POST /faults", body, Instant.now()).forEach(request::header);
        assertEquals(
                200,
                HttpClient.newHttpClient()
                        .send(request.build(), BodyHandlers.discarding())
                        .statusCode());
    }

    /** Leaves a card payment in doubt, which the acquirer says nothing about. */
    private void leaveInDoubt(String... ids) throws IOException, InterruptedException {
        acquirerFails("{\"kind\":\"drop_before\",\"on\":\"payment\"},{\"kind\":\"hang_before\",\"on\":\"inquiry\"}");
        for (String id : ids) {
            assertEquals(Status.IN_DOUBT, payByCard(id).status());
        }
        acquirerFails("{\"kind\":\"hang_before\",\"on\":\"inquiry\"}");
    }

    private Receipt payByCard(String id) throws InterruptedException {
        URI url = URI.create(server.url("tcp"));
        PaymentRequest sale = PaymentRequest.builder(id, Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(Money.of(25_00, "MYR"))
                .method("card")
                .build();
        try (PaymentClient client = PaymentClient.builder(TcpDialer.to(url.getHost(), url.getPort()), till())
                .maxTries(1)
                .build()) {
            return client.send(sale).get();
        } catch (ExecutionException e) {
            Receipt last = ((OutcomeUnknownException) e.getCause()).lastReceipt();
            assertNotNull(last);
            return last;
        }
    }

    private void requireOnlyItsOwnHost() {
        assertEquals(Set.of("http://" + page.getAuthority()), browser.authorities());
    }

    @Test
    void anOperatorSeesWhatHappensAndSettlesWhatIsInDoubt() throws Exception {
        browser.go(page);
        browser.untilReads("#connection", "Live");
        browser.untilReads("#tile-rate b", "0");
        browser.untilReads("#open-state", "No payment is pending");
        assertTrue(browser.text("#tile-approval").contains("nothing was answered"), "it says that there is nothing");
        picture("empty", false);

        leaveInDoubt("order-2001", "order-2002", "order-2003");
        try (SteadyLoad load = SteadyLoad.on(server, till(), "a", PER_SECOND)) {
            browser.until(
                    "payments per second are shown", () -> load.sent() > 0 && number("#tile-rate b") > PER_SECOND / 4);
            requireThatChartsMove();
            browser.untilReads("#reasons", "insufficient funds");
            browser.untilReads("#reasons", "do not honor");
            browser.untilReads("#connections", "ws");
            browser.until("batches are shown", () -> browser.text("#tile-queue").contains("batches of"));
            if (PICTURES != null) {
                Thread.sleep(TimeUnit.SECONDS.toMillis(90));
            }
            requireThatNothingJumps();
            browser.requireContrast();
            picture("light", true);
            browser.prefer("dark");
            requireDark();
            browser.requireContrast();
            picture("dark", true);
            settle();
        }
        requireOnlyItsOwnHost();
        assertEquals(List.of(), browser.newComplaints());
        Cli open = Cli.run("open", "--data", directory.resolve("ledger").toString());
        assertTrue(!open.out().contains("order-2001") && open.out().contains("order-2002"), open.out());
    }

    private long number(String selector) {
        String text = browser.text(selector).replace(",", "");
        return text.matches("[0-9.]+") ? (long) Double.parseDouble(text) : -1;
    }

    private void requireThatChartsMove() throws InterruptedException {
        String pixels = "return document.querySelector('#chart-answers canvas').toDataURL()";
        Object before = browser.run(pixels);
        String totalBefore = browser.text("#tile-rate .below");
        browser.until("the chart has moved", () -> !before.equals(browser.run(pixels)));
        browser.until("the total has grown", () -> !totalBefore.equals(browser.text("#tile-rate .below")));
    }

    /** What Chromium itself counts as a shift of the layout while numbers move, over some seconds of load. */
    private void requireThatNothingJumps() throws InterruptedException {
        browser.run("window.shifts = [];"
                + "new PerformanceObserver((list) => list.getEntries().forEach((e) => window.shifts.push("
                + "e.value + ' ' + e.sources.map((s) => s.node?.id || s.node?.className || s.node?.nodeName))))"
                + ".observe({type: 'layout-shift'})");
        long until = browser.number("return performance.now()") + 4_000;
        browser.until("some seconds went by", () -> browser.number("return performance.now()") > until);
        // Where a number gets another digit its neighbours may give way by that; nothing larger moves.
        assertEquals(List.of(), browser.run("return window.shifts.filter((shift) => parseFloat(shift) > 0.0005)"));
    }

    private void requireDark() throws InterruptedException {
        browser.until(
                "the ground is dark",
                () -> browser.number("return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
                        < 64);
    }

    private void settle() throws IOException, InterruptedException {
        String row = "#open-table tr[data-key='till order-2001']";
        browser.untilReads(row, "in doubt");
        browser.until("the tile counts them", () -> number("#tile-doubt b") >= 3);
        browser.element(row + " button").click();
        browser.untilReads("#payment-history", "processor error");
        browser.requireContrast();
        assertEquals("Payment order-2001", browser.text("#payment-title"));
        assertTrue(browser.text("#payment-facts").contains("***"), "accounts are masked");
        assertTrue(!browser.text("#payment-facts").contains("alice"), "accounts are masked");
        picture("payment-dark", false);
        browser.prefer("light");
        browser.element("#resolve [value='not_executed']").click();
        browser.element("#resolve [name='by']").sendKeys("Aminah");
        browser.element("#resolve [name='because']").sendKeys("it is not there " + MARKUP);
        browser.element("#resolve [name='token']").sendKeys("not the token of this server");
        browser.element("#resolve [type='submit']").click();
        browser.untilReads("#resolve-state", "token is missing or wrong");
        // The one complaint that there has to be: the browser tells of the refusal.
        List<String> complaints = browser.newComplaints();
        assertTrue(complaints.size() == 1 && complaints.get(0).contains("401"), complaints.toString());

        browser.element("#resolve [name='token']").clear();
        browser.element("#resolve [name='token']").sendKeys(token());
        picture("payment", false);
        browser.element("#resolve [type='submit']").click();
        browser.untilReads("#payment-state", "Settled: failed, not executed");
        browser.untilReads("#payment-history", "operator: Aminah");
        browser.untilReads("#payment-history", MARKUP);
        assertEquals("", browser.run("return window.hacked"), "what others write is only ever text");
        browser.untilReads("#payment-facts", "failed");
        browser.press(Keys.ESCAPE);
        browser.until("it is gone from the list", () -> browser.text(row).isEmpty());
    }

    @Test
    void thePageComesBackByItselfAfterTheServer() throws Exception {
        leaveInDoubt("order-1");
        browser.go(page);
        browser.untilReads("#connection", "Live");
        browser.untilReads("#open-table", "order-1");
        assertEquals(List.of(), browser.newComplaints());
        requireOnlyItsOwnHost();

        assertEquals(0, server.stop());
        browser.untilReads("#connection", "Disconnected");
        assertTrue(browser.text("#open-table").contains("order-1"), "what was known stays to be seen");
        browser.element("#open-table button").click();
        browser.untilReads("#payment-state", "the server does not answer");
        browser.press(Keys.ESCAPE);
        picture("disconnected", false);

        server = serve(page.getPort());
        browser.untilReads("#connection", "Live");
        try (SteadyLoad load = SteadyLoad.on(server, till(), "b", PER_SECOND)) {
            browser.until("they are shown again", () -> load.sent() > 0 && number("#tile-rate b") > PER_SECOND / 4);
        }
        List<String> other = new ArrayList<>(browser.newComplaints());
        other.removeIf(complaint -> complaint.contains(NOBODY_LISTENS));
        assertEquals(List.of(), other);
        requireOnlyItsOwnHost();
    }

    @Test
    void everythingIsReachedByKeyboardAndInANarrowWindow() throws Exception {
        leaveInDoubt("order-1");
        browser.resize(390, 844);
        browser.go(page);
        browser.untilReads("#open-table", "order-1");
        assertEquals(390, browser.number("return document.documentElement.scrollWidth"), "nothing sticks out");
        picture("narrow", true);

        tabTo("document.activeElement.className === 'skip'");
        browser.press(Keys.ENTER);
        tabTo("document.activeElement.textContent === 'order-1'");
        browser.press(Keys.ENTER);
        browser.untilReads("#payment-history", "processor error");
        browser.press(Keys.ESCAPE);
        browser.until(
                "it is closed",
                () -> browser.run("return document.querySelector('#payment').open")
                        .equals(false));
        assertEquals("order-1", browser.run("return document.activeElement.textContent"), "the focus is back");

        browser.press(Keys.ENTER);
        browser.until(
                "it is open",
                () -> browser.run("return !document.querySelector('#resolve').hidden")
                        .equals(true));
        tabTo("document.activeElement.name === 'as'");
        browser.press(Keys.SPACE);
        tabTo("document.activeElement.name === 'by'");
        browser.press("Aminah");
        tabTo("document.activeElement.name === 'because'");
        browser.press("seen on the portal");
        tabTo("document.activeElement.name === 'token'");
        browser.press(token(), Keys.ENTER);
        browser.untilReads("#payment-state", "Settled: approved");
        browser.untilReads("#payment-facts", "approved");
        picture("narrow-payment", false);
        browser.press(Keys.ESCAPE);
        browser.untilReads("#open-state", "No payment is pending");
        assertEquals(List.of(), browser.newComplaints());
        requireOnlyItsOwnHost();
    }

    private void tabTo(String isThere) {
        for (int i = 0; i < 60; i++) {
            if (browser.run("return " + isThere).equals(true)) {
                return;
            }
            browser.press(Keys.TAB);
        }
        throw new AssertionError("sixty tabs do not lead to where " + isThere);
    }

    private void picture(String name, boolean isWhole) throws IOException {
        browser.picture(pictures.resolve("live-page-" + name + ".png"), isWhole);
    }
}
