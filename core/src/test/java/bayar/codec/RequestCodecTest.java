package bayar.codec;

import static bayar.codec.SaleJson.sale;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import java.nio.charset.StandardCharsets;
import java.util.Currency;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RequestCodecTest {
    private static final JsonMapper JACKSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final String LIKELY = "{}[],:\"\\0123456789-+.eE\n tfn";
    private static final long IAT = 1_795_420_800L;
    private static final PaymentRequest SALE = PaymentRequest.sale("s-1", "alice", "kedai", Money.of(1250, "MYR"));

    private final RequestReader reader = new RequestReader(InputLimits.DEFAULT);
    private final RequestWriter writer = new RequestWriter();

    @Test
    void theExampleOfTheMessageReferenceIsRead() {
        String json = """
                {"id":"0199f1c2-7d1e-7a3b-9c55-2f6c1f0e8a11","type":"sale","payer":"alice","payee":"kedai","amount":1250,\
                "currency":"MYR","iat":1795420800,"exp":1795420830,"method":"ledger","metadata":{"order":"1001"}}""";
        PaymentRequest expected = PaymentRequest.builder("0199f1c2-7d1e-7a3b-9c55-2f6c1f0e8a11", Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(Money.of(1250, "MYR"))
                .metadata(Map.of("order", "1001"))
                .build();
        assertEquals(new Decoding.Message(expected, 1_795_420_800L, 1_795_420_830L), read(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'method':'ledger'",
                "'metadata':{}",
                "'metadata' : { } ",
                "'final':false",
                " \r\n\t'method'\t:\n'ledger' ",
                "'\\u006dethod':'\\u006Cedger'"
            })
    void sayingWhatIsMeantAnywayChangesNothing(String member) {
        assertEquals(SALE, message(sale().then("," + member)).request());
    }

    @Test
    void whiteSpaceAroundAMessageIsAllowed() {
        assertEquals(SALE, message("\r\n\t " + sale().json() + " \r\n").request());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 9, 10, 999_999_999_998L, 999_999_999_999L})
    void amountsUpToTwelveDigitsAreRead(long minor) {
        PaymentRequest request =
                message(sale().with("amount", Long.toString(minor)).json()).request();
        assertEquals(Money.of(minor, "MYR"), request.amount());
    }

    @Test
    void everyCurrencyOfThePlatformIsRead() {
        for (Currency currency : Currency.getAvailableCurrencies()) {
            String json = sale().with("currency", "'" + currency.getCurrencyCode() + "'")
                    .json();
            assertEquals(new Money(1250, currency), message(json).request().amount());
        }
    }

    @Test
    void metadataMayBeAsLargeAsTheLimitsSay() {
        Map<String, String> metadata = new HashMap<>();
        for (int i = 10; i < 26; i++) {
            metadata.put("😀".repeat(62) + i, "é".repeat(256));
        }
        PaymentRequest request = PaymentRequest.builder("s-1", Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(Money.of(1, "MYR"))
                .metadata(metadata)
                .build();
        byte[] bytes = writer.write(request, IAT, IAT + 30);
        assertEquals(new Decoding.Message(request, IAT, IAT + 30), reader.read(bytes, 0, bytes.length));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more-of-a-later-version",
            })
    void aTraceContextIsReadBackAndIsNoPartOfTheRequest(String traceparent) {
        byte[] bytes = writer.write(SALE, IAT, IAT + 30, traceparent);
        assertEquals(new Decoding.Message(SALE, IAT, IAT + 30, traceparent), reader.read(bytes, 0, bytes.length));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-\\\\r\\\\nX-Injected: 1",
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-caf\u00e9",
            })
    void whatIsNoTraceContextIsIgnored(String traceparent) {
        String json = new String(writer.write(SALE, IAT, IAT + 30), StandardCharsets.UTF_8);
        String traced = json.replaceFirst("}$", ",\"traceparent\":\"" + traceparent + "\"}");
        assertEquals(new Decoding.Message(SALE, IAT, IAT + 30, null), read(traced));
    }

    @Test
    void aTraceContextIsBoundedLikeEverythingElse() {
        String json = new String(writer.write(SALE, IAT, IAT + 30), StandardCharsets.UTF_8);
        Decoding read = read(json.replaceFirst("}$", ",\"traceparent\":\"" + "0".repeat(129) + "\"}"));
        Decoding.Malformed malformed = assertInstanceOf(Decoding.Malformed.class, read);
        assertEquals(
                "traceparent must be at most 128 characters",
                malformed.refusal().message());
    }

    @Test
    void theWriterLeavesOutWhatGoesWithoutSaying() {
        assertEquals(
                "{\"id\":\"s-1\",\"type\":\"sale\",\"payer\":\"alice\",\"payee\":\"kedai\",\"amount\":1250,"
                        + "\"currency\":\"MYR\",\"iat\":1795420800,\"exp\":1795420830}",
                new String(writer.write(SALE, IAT, IAT + 30), StandardCharsets.UTF_8));
    }

    @Test
    void theWriterRefusesWhatNoReaderWouldTake() {
        assertThrows(BayarException.class, () -> writer.write(SALE, IAT, IAT));
        assertThrows(BayarException.class, () -> writer.write(SALE, -1, IAT));
        assertThrows(BayarException.class, () -> writer.write(SALE, IAT, RequestReader.MAX_TIME_SECONDS + 1));
        PaymentRequest unpaired = PaymentRequest.builder("i-1", Operation.INQUIRY)
                .payment("p")
                .metadata(Map.of("a", "\ud83d"))
                .build();
        assertThrows(BayarException.class, () -> writer.write(unpaired, IAT, IAT + 1));
    }

    @Test
    void whatIsWrittenIsReadAsTheSameRequest() {
        long seed = new Random().nextLong();
        RandomRequests requests = new RandomRequests(new Random(seed));
        for (int i = 0; i < 2_000; i++) {
            PaymentRequest request = requests.next();
            byte[] bytes = writer.write(request, i, IAT + i);
            assertEquals(
                    new Decoding.Message(request, i, IAT + i), reader.read(bytes, 0, bytes.length), "seed " + seed);
            assertArrayEquals(bytes, writer.write(request, i, IAT + i), "seed " + seed);
        }
    }

    /** Messages are spoiled at random; what is still accepted, a general reader must read to the same values. */
    @Test
    void whatIsAcceptedMeansTheSameToJackson() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        RandomRequests requests = new RandomRequests(random);
        int accepted = 0;
        int rounds = 20_000;
        for (int i = 0; i < rounds; i++) {
            byte[] bytes = writer.write(requests.next(), IAT, IAT + 30);
            int spoils = random.nextInt(4);
            for (int spoil = 0; spoil < spoils; spoil++) {
                bytes = spoiled(bytes, random);
            }
            String at = "seed " + seed + ", round " + i;
            Decoding decoding = reader.read(bytes, 0, bytes.length);
            if (decoding instanceof Decoding.Message message) {
                accepted++;
                assertMeansTheSame(message, JACKSON.readTree(bytes), at);
            } else if (spoils == 0) {
                throw new AssertionError("refused: " + decoding + ", " + at);
            }
        }
        assertTrue(accepted > rounds / 4, "accepted only " + accepted + ", seed " + seed);
    }

    private static void assertMeansTheSame(Decoding.Message message, JsonNode json, String at) throws JacksonException {
        PaymentRequest request = message.request();
        Map<String, Object> expected = new HashMap<>();
        expected.put("id", request.id());
        expected.put("type", request.type().code());
        expected.put("iat", message.issuedAtSeconds());
        expected.put("exp", message.expiresAtSeconds());
        Money amount = request.amount();
        if (amount != null) {
            expected.put("amount", amount.minor());
            expected.put("currency", amount.currency().getCurrencyCode());
        }
        if (request.payer() != null) {
            expected.put("payer", request.payer().value());
        }
        if (request.payee() != null) {
            expected.put("payee", request.payee().value());
        }
        if (request.payment() != null) {
            expected.put("payment", request.payment());
        }
        if (json.has("final") || request.isFinal()) {
            expected.put("final", request.isFinal());
        }
        if (json.has("method") || !request.method().equals("ledger")) {
            expected.put("method", request.method());
        }
        if (json.has("metadata") || !request.metadata().isEmpty()) {
            expected.put("metadata", request.metadata());
        }
        Map<String, Object> seen = new HashMap<>();
        for (Map.Entry<String, JsonNode> member : json.properties()) {
            JsonNode value = member.getValue();
            seen.put(
                    member.getKey(),
                    value.isIntegralNumber() ? (Object) value.longValue() : JACKSON.convertValue(value, Object.class));
        }
        assertEquals(expected, seen, at);
    }

    private static byte[] spoiled(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        int kind = random.nextInt(6);
        byte[] result = bytes.clone();
        if (kind == 0) {
            result[at] ^= (byte) (1 << random.nextInt(8));
        } else if (kind == 1) {
            result[at] = (byte) random.nextInt(256);
        } else if (kind == 2) {
            result[at] = (byte) LIKELY.charAt(random.nextInt(LIKELY.length()));
        } else if (kind == 3) {
            result = new byte[at];
            System.arraycopy(bytes, 0, result, 0, at);
        } else {
            // A piece of it, once more or left out.
            int length = Math.min(bytes.length - at, 1 + random.nextInt(8));
            int from = kind == 4 ? at : Math.min(bytes.length, at + length);
            int to = kind == 4 ? Math.min(bytes.length, at + length) : at;
            result = new byte[to + bytes.length - from];
            System.arraycopy(bytes, 0, result, 0, to);
            System.arraycopy(bytes, from, result, to, bytes.length - from);
        }
        return result.length == 0 ? new byte[] {'{'} : result;
    }

    private Decoding read(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return reader.read(bytes, 0, bytes.length);
    }

    private Decoding.Message message(String json) {
        return assertInstanceOf(Decoding.Message.class, read(json));
    }
}
