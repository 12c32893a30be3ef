package bayar.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentSummary;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReceiptCodecTest {
    private static final Instant TIME = Instant.parse("2026-11-23T09:00:00.123Z");

    private final ReceiptWriter writer = new ReceiptWriter();
    private final ReceiptReader reader = new ReceiptReader();

    @Test
    void anApprovalLooksLikeTheMessageReference() {
        assertEquals("""
                {"id":"0199f1c2","status":"approved","reason":"approved","money":"moved","retry":"never",\
                "replayed":false,"sequence":4211,"amount":1250,"currency":"MYR","time":"2026-11-23T09:00:00.123Z"}""", written(approved("0199f1c2", TIME)));
    }

    @Test
    void manyThreadsWriteAtOnceAndALongReceiptLeavesNothingInTheNext() {
        // The long ones need more room than a writer keeps.
        List<String> ids = List.of("p-1", "p".repeat(64), "\u00e9".repeat(3_000), "");
        List<String> alone = ids.stream()
                .map(id -> new String(new ReceiptWriter().write(approved(id, TIME)), StandardCharsets.UTF_8))
                .toList();
        long same = IntStream.range(0, 40_000)
                .parallel()
                .filter(i -> written(approved(ids.get(i % 4), TIME)).equals(alone.get(i % 4)))
                .count();
        assertEquals(40_000, same);
    }

    @Test
    void eachReceiptHasItsOwnTimeWhateverTheOneBeforeWas() {
        for (String time : new String[] {
            "2026-11-23T09:00:00.123Z",
            "2026-11-23T09:00:00.007Z",
            "2026-11-23T09:00:01.007Z",
            "2026-12-01T00:00:00.000Z",
            "2026-11-23T09:00:00.123Z"
        }) {
            String written = written(approved("p", Instant.parse(time)));
            assertTrue(written.contains("\"time\":\"" + time + "\""), written);
        }
    }

    @Test
    void aRefusalSaysWhatIsToBlameAndWhenToComeBack() {
        assertEquals("""
                {"id":null,"status":"rejected","reason":"format_error","money":"not_moved","retry":"never",\
                "replayed":false,"field":"ti\\"p","message":"there is no field"}""", written(Receipt.refused(null, Refusal.malformed("ti\"p", "there is no field"), 0)));
        assertEquals("""
                {"id":"p-1","status":"busy","reason":"overloaded","money":"not_moved","retry":"same_id",\
                "replayed":false,"message":"Too much at once; send the same request again a little later.",\
                "retryAfterMillis":250}""", written(Receipt.refused("p-1", Refusal.of(Reason.OVERLOADED), 250)));
    }

    @Test
    void anInquiryTellsOfTheEarlierPayment() {
        PaymentSummary original = new PaymentSummary("p-1", Operation.SALE, new PaymentSums(500, 500, 0, 120));
        Receipt receipt = new Receipt(
                "i-1",
                Reason.APPROVED,
                MoneyEffect.MOVED,
                true,
                7,
                Money.of(500, "EUR"),
                TIME,
                null,
                null,
                0,
                original);
        assertEquals("""
                {"id":"i-1","status":"approved","reason":"approved","money":"moved","retry":"never","replayed":true,\
                "sequence":7,"amount":500,"currency":"EUR","time":"2026-11-23T09:00:00.123Z","payment":"p-1",\
                "type":"sale","authorized":500,"captured":500,"released":0,"refunded":120}""", written(receipt));
        assertEquals(receipt, reader.read(writer.write(receipt)));
    }

    @Test
    void anInquiryTellsWhatIsReservedOnlyWhereSomethingIs() {
        PaymentSums sums = new PaymentSums(500, 300, 0, 120, 200, 80);
        Receipt receipt = new Receipt(
                "i-1",
                Reason.APPROVED,
                MoneyEffect.HELD,
                false,
                7,
                null,
                TIME,
                null,
                null,
                0,
                new PaymentSummary("p-1", Operation.AUTHORIZE, sums));
        String told = written(receipt);
        assertTrue(told.endsWith("\"refunded\":120,\"capturing\":200,\"refunding\":80}"), told);
        assertEquals(receipt, reader.read(writer.write(receipt)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-23T09:00:00.000Z",
                "2024-02-29T23:59:59.999Z",
                "1970-01-01T00:00:00.001Z",
                "9999-12-31T23:59:59.999Z"
            })
    void timesHaveThreeDecimalsAlways(String time) {
        JsonNode json = JsonMapper.shared().readTree(writer.write(approved("p", Instant.parse(time))));
        assertEquals(time, json.get("time").stringValue());
    }

    @Test
    void whatIsWrittenIsReadAsTheSameReceipt() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String chars = "aé中\"\\/\b\n\u0000\u007f\u2028 ";
        for (int i = 0; i < 5_000; i++) {
            StringBuilder message = new StringBuilder("😀");
            random.ints(random.nextInt(300), 0, chars.length()).forEach(at -> message.append(chars.charAt(at)));
            boolean isRecorded = random.nextBoolean();
            long minor = random.nextLong() >> random.nextInt(64);
            Receipt receipt = new Receipt(
                    random.nextBoolean() ? "p-" + i : null,
                    Reason.values()[random.nextInt(Reason.values().length)],
                    MoneyEffect.values()[random.nextInt(4)],
                    random.nextBoolean(),
                    isRecorded ? 1 + (random.nextLong() >>> 1 + random.nextInt(60)) : 0,
                    random.nextBoolean() ? Money.of(minor, "MYR") : null,
                    isRecorded ? Instant.ofEpochMilli(random.nextLong(253_402_300_800_000L)) : null,
                    random.nextBoolean() ? message.toString() : null,
                    random.nextBoolean() ? message.reverse().toString() : null,
                    random.nextBoolean() ? random.nextInt(60_000) : 0,
                    random.nextBoolean() ? new PaymentSummary("p", Operation.SALE, PaymentSums.ofSale(i)) : null);
            assertEquals(receipt, reader.read(writer.write(receipt)), "seed " + seed);
        }
    }

    @Test
    void anUnpairedSurrogateIsReplacedSinceAReplyMustGoOut() {
        Receipt receipt = Receipt.refused("p", Refusal.malformed(null, "a\ud83dz"), 0);
        assertEquals("a\ufffdz", reader.read(writer.write(receipt)).message());
    }

    @Test
    void aClientPassesOverFieldsThatItDoesNotKnow() {
        String json = written(approved("p-1", TIME)).replace("{\"id\"", "{\"weather\":{\"sun\":[1,2]},\"id\"");
        assertEquals(approved("p-1", TIME), reader.read(json.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 400 Bad Request",
                "[]",
                "{}",
                "{'id':'p','reason':'approved'}",
                "{'id':'p','reason':'unheard_of','money':'moved'}",
                "{'id':'p','reason':'approved','money':'gone'}",
                "{'id':5,'reason':'approved','money':'moved'}",
                "{'id':'p','reason':'approved','money':'moved','sequence':1.5}",
                "{'id':'p','reason':'approved','money':'moved','time':'yesterday'}",
                "{'id':'p','reason':'approved','money':'moved','amount':1,'currency':'ZZZ'}",
                "{'id':'p','reason':'approved','money':'moved','payment':'q','type':'gift'}",
                "{'id':'p','reason':'approved','money':'moved','replayed':'yes'}"
            })
    void whatIsNoReceiptIsSaidToBeNone(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        assertThrows(BayarException.class, () -> reader.read(bytes));
    }

    private static Receipt approved(String id, Instant time) {
        return new Receipt(
                id, Reason.APPROVED, MoneyEffect.MOVED, false, 4211, Money.of(1250, "MYR"), time, null, null, 0, null);
    }

    private String written(Receipt receipt) {
        return new String(writer.write(receipt), StandardCharsets.UTF_8);
    }
}
