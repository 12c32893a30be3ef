package bayar.examples.acquirer;

import static bayar.examples.acquirer.AcquirerPeer.SECRET;
import static bayar.examples.acquirer.AcquirerPeer.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.examples.card.ApiSecret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class AcquirerTest {
    private static final String SALE = "{'key':'k1','type':'sale','amount':1200,'currency':'MYR'}";

    @TempDir
    private Path directory;

    private Path book = Path.of("");
    private Acquirer acquirer;
    private AcquirerPeer peer;

    @BeforeEach
    void start() {
        book = directory.resolve("book");
        acquirer = Acquirer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), book, SECRET, null, Clock.systemUTC());
        peer = AcquirerPeer.to(acquirer.url());
    }

    @AfterEach
    void stop() {
        acquirer.close();
    }

    private void restart() {
        stop();
        start();
    }

    @ParameterizedTest
    @CsvSource({
        "1200,                        , approved,                    1200",
        "1205,                        , declined do_not_honor,       ",
        "51,                          , declined insufficient_funds, ",
        "9954,                        , declined card_expired,       ",
        "1259,                        , declined suspected_fraud,    ",
        "1261,                        , declined amount_limit,       ",
        "1200, tok_insufficient_funds, declined insufficient_funds, ",
        "1200, tok_visa,               approved,                    1200",
        "1201, tok_partial,            approved approved_partial,   601",
    })
    void anAmountOrACardChoosesTheOutcome(long amount, String card, String told, Long executed) throws Exception {
        JsonNode entry = peer.pay("{'key':'k1','type':'sale','amount':" + amount + ",'currency':'MYR'"
                + (card == null ? "" : ",'card':'" + card + "'") + "}");

        assertEquals(told, told(entry));
        assertEquals(executed, entry.has("amount") ? (Long) entry.path("amount").asLong() : null);
        assertEquals("R00000001", entry.path("reference").asString());
        assertEquals(entry, peer.inquire("k1"));
        assertEquals(List.of(entry), peer.book());
    }

    /** The first word is the type, then come amount and key of the original; k0, k1 … are the steps' keys. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "authorize 1000; capture 400 k0; capture 600 k0; refund 1000 k0 | approved",
                "authorize 1000; capture 400 k0; capture 601 k0 | declined exceeds_authorized",
                "authorize 1000; capture 400 k0; refund 401 k0 | declined exceeds_captured",
                "authorize 1000; capture 400 k0; void 600 k0 | approved",
                "authorize 1000; capture 400 k0; void 601 k0 | declined exceeds_authorized",
                "authorize 1000; void 1000 k0; capture 1 k0 | declined original_unfit",
                "authorize 1000; final 400 k0; capture 1 k0 | declined original_unfit",
                "authorize 1000; final 400 k0; reverse k1; capture 1000 k0 | approved",
                "authorize 1000; capture 400 k0; reverse k1; capture 1000 k0 | approved",
                "authorize 1000; void 1000 k0; reverse k1; capture 1000 k0 | approved",
                "authorize 1000; reverse k0; capture 1 k0 | declined original_unfit",
                "authorize 1005; capture 1 k0 | declined original_unfit",
                "sale 1000; capture 1 k0 | declined original_unfit",
                "sale 1000; refund 400 k0; refund 600 k0 | approved",
                "sale 1000; refund 400 k0; refund 601 k0 | declined exceeds_captured",
                "sale 1000; refund 1000 k0; reverse k1; refund 1000 k0 | approved",
                "sale 1000; refund 1 k7 | declined original_unknown",
                "sale 1000; refund 400 k0; refund 1 k1 | declined original_unfit",
            })
    void whatActsOnAnEarlierPaymentKeepsToItsSums(String steps, String told) throws Exception {
        JsonNode last = null;
        int number = 0;
        for (String step : steps.split("; ")) {
            String[] words = step.split(" ");
            if (words[0].equals("reverse")) {
                assertEquals("reversed", told(peer.reverse(words[1])));
                continue;
            }
            String type = words[0].equals("final") ? "capture" : words[0];
            last = peer.pay("{'key':'k" + number++ + "','type':'" + type + "','amount':" + words[1]
                    + ",'currency':'MYR'" + (words.length > 2 ? ",'original':'" + words[2] + "'" : "")
                    + (words[0].equals("final") ? ",'final':true}" : "}"));
        }

        assertEquals(told, told(last));
    }

    @Test
    void anOriginalMayBeNamedByItsReferenceAndMustBeInTheSameCurrency() throws Exception {
        String reference = peer.pay(SALE).path("reference").asString();

        assertEquals(
                "declined original_unfit",
                told(peer.pay(
                        "{'key':'k2','type':'refund','amount':1,'currency':'EUR','original':'" + reference + "'}")));
        assertEquals(
                "approved",
                told(peer.pay(
                        "{'key':'k3','type':'refund','amount':1,'currency':'MYR','original':'" + reference + "'}")));
    }

    @Test
    void nothingNewIsExecutedTooLate() throws Exception {
        String order = "{'key':'late','type':'sale','amount':1200,'currency':'MYR','notAfter':";
        HttpResponse<String> late = peer.send("POST", "/payments", (order + "1000}").replace('\'', '"'));
        assertEquals(408, late.statusCode());
        assertEquals("{\"error\":\"too_late\"}", late.body());
        assertEquals(List.of(), peer.book());

        JsonNode done = peer.pay(order + "9000000000000}");
        assertEquals("approved", told(done));
        assertEquals(done, peer.pay(order + "1000}"), "what was executed is told, however late");
    }

    @Test
    void aKeyIsExecutedOnceAlsoAfterARestartAndNeverForAnotherOrder() throws Exception {
        JsonNode first = peer.pay(SALE);

        assertEquals(first, peer.pay(SALE));
        restart();
        assertEquals(first, peer.pay(SALE));
        HttpResponse<String> other =
                peer.send("POST", "/payments", SALE.replace('\'', '"').replace("1200", "1300"));
        assertEquals(409, other.statusCode());
        assertEquals("{\"error\":\"key_reused\"}", other.body());
        assertEquals(List.of(first), peer.book());
    }

    @Test
    void ofSixtyFourPostsOfOneKeyAtOnceOneIsExecuted() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<JsonNode>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                answers.add(threads.submit(() -> {
                    go.await();
                    return peer.pay(SALE);
                }));
            }
            go.countDown();
            Set<JsonNode> different = new HashSet<>();
            for (Future<JsonNode> answer : answers) {
                different.add(answer.get());
            }
            assertEquals(1, different.size(), different.toString());
            assertEquals(1, Files.readAllLines(book).size());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aReversalUndoesAndCanBeRepeatedAndIsToldToWhoeverAsks() throws Exception {
        peer.pay(SALE);

        JsonNode reversed = peer.reverse("k1");

        assertEquals("reversed", told(reversed));
        assertFalse(reversed.has("amount"), reversed.toString());
        assertEquals(reversed, peer.reverse("k1"));
        assertEquals(reversed, peer.inquire("k1"));
        assertEquals(reversed, peer.pay(SALE));
        restart();
        assertEquals(List.of(reversed), peer.book());
    }

    @Test
    void aKeyThatWasReversedBeforeItWasSeenIsNeverExecuted() throws Exception {
        JsonNode reversed = peer.reverse("k1");

        assertEquals("reversed", told(reversed));
        restart();
        assertEquals(reversed, peer.pay(SALE));
        assertEquals(reversed, peer.reverse("k1"));
        assertEquals(List.of(reversed), peer.book());
    }

    @Test
    void aReversalLeavesADeclineAndIsRefusedWhenAnotherPaymentBuildsOnThisOne() throws Exception {
        JsonNode declined = peer.pay("{'key':'k0','type':'sale','amount':5,'currency':'MYR'}");
        peer.pay(SALE);
        peer.pay("{'key':'k2','type':'refund','amount':1,'currency':'MYR','original':'k1'}");

        assertEquals(declined, peer.reverse("k0"));
        HttpResponse<String> refused = peer.send("POST", "/payments/k1/reversal", "");
        assertEquals(409, refused.statusCode());
        assertEquals("{\"error\":\"built_on\"}", refused.body());
        assertEquals("approved", told(peer.inquire("k1")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{'key':'k1','type':'sale','amount':12.00,'currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':'1200','currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':0,'currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':1000000000000,'currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':99999999999999999999,'currency':'MYR'}",
                "{'key':'k1','type':'sale','currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':1200,'currency':'myr'}",
                "{'key':'K1','type':'sale','amount':1200,'currency':'MYR'}",
                "{'type':'sale','amount':1200,'currency':'MYR'}",
                "{'key':'k1','type':'gift','amount':1200,'currency':'MYR'}",
                "{'key':'k1','type':'capture','amount':1200,'currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':1200,'currency':'MYR','original':'k0'}",
                "{'key':'k1','type':'sale','amount':1200,'amount':1200,'currency':'MYR'}",
                "{'key':'k1','type':'sale','amount':1200,'currency':'MYR','tip':1}",
                "{'key':'k1','type':'sale','amount':1200,'currency':'MYR'} {}",
            })
    void whatIsMalformedIsRefusedAndNotExecuted(String order) throws Exception {
        assertEquals(
                400, peer.send("POST", "/payments", order.replace('\'', '"')).statusCode());
        assertEquals(List.of(), peer.book());
    }

    @Test
    void aBodyOfMoreThan64KiBIsRefused() throws Exception {
        assertEquals(
                413, peer.send("POST", "/payments", " ".repeat(64 * 1024 + 1)).statusCode());
        assertEquals(400, peer.send("POST", "/payments", " ".repeat(64 * 1024)).statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /payments/k9,            404, unknown_key",
        "GET,  /payments/K9,            404, no_such_path",
        "GET,  /payments,               404, no_such_path",
        "GET,  /payments/k9?all,        404, no_such_path",
        "GET,  /,                       404, no_such_path",
        "POST, /payments/k9,            405, wrong_method",
        "GET,  /payments/k9/reversal,   405, wrong_method",
    })
    void whatIsNotThereIsSaidSo(String method, String path, int status, String error) throws Exception {
        HttpResponse<String> response = peer.send(method, path, "");

        assertEquals(status, response.statusCode());
        assertEquals("{\"error\":\"" + error + "\"}", response.body());
    }

    @Test
    void whatIsNotSignedJustNowAndForThisRequestIsRefused() throws Exception {
        String order = SALE.replace('\'', '"');
        byte[] body = order.getBytes(StandardCharsets.UTF_8);
        Instant now = Instant.now();
        ApiSecret wrong = ApiSecret.of("0123456789abcdef0123456789abcdeF");
        Map<String, String> good = SECRET.headers("POST /payments", body, now);
        List<Map<String, String>> forged = List.of(
                Map.of(),
                Map.of(ApiSecret.TIMESTAMP, good.get(ApiSecret.TIMESTAMP)),
                Map.of(ApiSecret.SIGNATURE, good.get(ApiSecret.SIGNATURE)),
                Map.of(ApiSecret.TIMESTAMP, "now", ApiSecret.SIGNATURE, good.get(ApiSecret.SIGNATURE)),
                Map.of(
                        ApiSecret.TIMESTAMP,
                        Long.toString(now.getEpochSecond() - 1),
                        ApiSecret.SIGNATURE,
                        good.get(ApiSecret.SIGNATURE)),
                wrong.headers("POST /payments", body, now),
                SECRET.headers("POST /payments", (order + " ").getBytes(StandardCharsets.UTF_8), now),
                SECRET.headers("POST /faults", body, now),
                SECRET.headers("GET /payments", body, now),
                SECRET.headers(ApiSecret.WEBHOOK, body, now),
                SECRET.headers("POST /payments", body, now.minus(ApiSecret.MAX_AGE.multipliedBy(2))),
                SECRET.headers("POST /payments", body, now.plus(ApiSecret.MAX_AGE.multipliedBy(2))));

        for (Map<String, String> headers : forged) {
            HttpResponse<String> response = peer.send("POST", "/payments", order, headers);
            assertEquals(401, response.statusCode(), headers.toString());
            assertEquals("{\"error\":\"unauthorized\"}", response.body());
        }
        for (String path : List.of("/payments/k1", "/book", "/")) {
            assertEquals(401, peer.send("GET", path, "", Map.of()).statusCode(), path);
        }
        for (String path : List.of("/faults", "/webhook", "/payments/k1/reversal")) {
            assertEquals(401, peer.send("POST", path, "{}", Map.of()).statusCode(), path);
        }
        assertEquals(List.of(), peer.book());
        assertEquals(200, peer.send("POST", "/payments", order, good).statusCode());
    }

    @Test
    void aMixOfFaultsWithASeedIsTheSameAgain() throws Exception {
        String mix = "{'seed':7,'faults':[{'kind':'error_before','percent':30},{'kind':'error_after','percent':30}]}";

        List<Integer> first = statuses(mix, "a");
        List<Integer> second = statuses(mix, "b");

        assertEquals(first, second);
        assertTrue(first.contains(200) && first.contains(500), first.toString());
        long executed = peer.book().size() / 2;
        assertTrue(executed < first.size(), "of the 500s some were executed, some not: " + executed);
        assertTrue(executed > first.stream().filter(status -> status == 200).count(), first.toString());
    }

    private List<Integer> statuses(String mix, String prefix) throws Exception {
        peer.faults(mix);
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String order = SALE.replace('\'', '"').replace("k1", prefix + "-" + i);
            statuses.add(peer.send("POST", "/payments", order).statusCode());
        }
        return statuses;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'faults':[{'kind':'explode'}]}",
                "{'faults':[{'percent':1}]}",
                "{'faults':[{'kind':'drop_after','percent':101}]}",
                "{'faults':[{'kind':'delay_after'}]}",
                "{'faults':[{'kind':'drop_after','millis':1}]}",
                "{'faults':[{'kind':'drop_after','times':-1}]}",
            })
    void faultsThatAreNoneAreRefused(String mix) throws Exception {
        assertEquals(400, peer.send("POST", "/faults", mix.replace('\'', '"')).statusCode());
    }

    @Test
    void aWebhookGoesToAnHttpAddressOnly() throws Exception {
        for (String target : List.of("{'url':'file:///etc/hosts'}", "{'url':'/x'}", "{'copies':0}")) {
            assertEquals(
                    400,
                    peer.send("POST", "/webhook", target.replace('\'', '"')).statusCode(),
                    target);
        }
    }

    @Test
    void aLastLineThatWasNotWrittenToItsEndIsDropped() throws Exception {
        JsonNode first = peer.pay(SALE);
        stop();
        String whole = Files.readString(book);
        Files.writeString(book, whole.replace("k1", "k2").strip(), StandardOpenOption.APPEND);

        start();

        assertEquals(whole, Files.readString(book));
        assertEquals(List.of(first), peer.book());
        JsonNode third = peer.pay(SALE.replace("k1", "k3"));
        restart();
        assertEquals(List.of(first, third), peer.book());
    }

    @Test
    void aDamagedBookIsNamedWithItsLine() throws Exception {
        peer.pay(SALE);
        stop();
        Files.writeString(book, "{\"key\":\n", StandardOpenOption.APPEND);

        BayarException refused = assertThrows(BayarException.class, this::start);

        assertTrue(refused.getMessage().startsWith("line 2 of the book " + book + " is damaged"), refused.getMessage());
    }

    @Test
    void aBookHasOneAcquirer() {
        BayarException refused = assertThrows(BayarException.class, this::start);

        assertTrue(refused.getMessage().contains("is open in this process already"), refused.getMessage());
    }
}
