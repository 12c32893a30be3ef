package bayar.codec;

import static bayar.codec.SaleJson.sale;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import bayar.Reason;
import bayar.Refusal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that a message may not be, each with the field that its refusal names. */
class MalformedMessagesTest {
    private static final String NONE = null;

    private final RequestReader reader = new RequestReader(InputLimits.DEFAULT);

    @ParameterizedTest(name = "{0}")
    @MethodSource("formatErrors")
    void isAFormatErrorThatNamesTheField(String what, Object message, String field, String id) {
        Decoding.Malformed malformed = malformed(message);
        assertEquals(Reason.FORMAT_ERROR, malformed.refusal().reason());
        assertEquals(field, malformed.refusal().field());
        assertEquals(id, malformed.id());
        assertIsFitForPeople(malformed.refusal().message());
    }

    @ParameterizedTest(name = "amount {0}")
    @MethodSource("amountsOutOfRange")
    void anIntegerOutOfRangeIsAnInvalidAmount(String amount) {
        Decoding.Malformed malformed = malformed(sale().with("amount", amount).json());
        assertEquals(Reason.INVALID_AMOUNT, malformed.refusal().reason());
        assertEquals("amount", malformed.refusal().field());
        assertEquals("s-1", malformed.id());
    }

    static Stream<String> amountsOutOfRange() {
        return Stream.of(
                "0",
                "-1",
                "-5",
                "1000000000000",
                "9223372036854775807",
                "9223372036854775808",
                // What a long would wrap around to 5.
                "18446744073709551621",
                "1".repeat(30),
                "-" + "9".repeat(30),
                "1".repeat(300));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("otherRefusals")
    void isRefusedForAnotherReason(String what, String message, Reason reason, String field) {
        Decoding.Malformed malformed = malformed(message);
        assertEquals(reason, malformed.refusal().reason());
        assertEquals(field, malformed.refusal().field());
    }

    static Stream<Arguments> otherRefusals() {
        return Stream.of(
                Arguments.of("payer is payee", sale().with("payee", "'alice'").json(), Reason.SAME_ACCOUNT, "payee"),
                // The reasons' order of precedence: what is malformed comes before an amount out of range.
                Arguments.of(
                        "amount out of range, then an unknown field",
                        sale().with("amount", "0").then(",'tip':5"),
                        Reason.FORMAT_ERROR,
                        "tip"),
                Arguments.of(
                        "amount out of range without currency",
                        sale().with("amount", "0").without("currency").json(),
                        Reason.FORMAT_ERROR,
                        "currency"));
    }

    static Stream<Arguments> formatErrors() {
        return Stream.of(
                        theMessageAsAWhole(),
                        namesOfFields(),
                        wrongTypes(),
                        integers(),
                        times(),
                        strings(),
                        names(),
                        missing(),
                        notForThisType(),
                        metadata())
                .flatMap(rows -> rows);
    }

    private static Stream<Arguments> theMessageAsAWhole() {
        String good = sale().json();
        return Stream.of(
                row("nothing", "", NONE, null),
                row("white space alone", " \r\n\t ", NONE, null),
                row("an array", "[" + good + "]", NONE, null),
                row("a string", "\"sale\"", NONE, null),
                row("a number", "12", NONE, null),
                row("null", "null", NONE, null),
                row("a word that is not JSON", "hello", NONE, null),
                row("HTTP", "GET / HTTP/1.1\r\nHost: bayar\r\n\r\n", NONE, null),
                row("a signed message where JSON belongs", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", NONE, null),
                row("a byte order mark", "\ufeff" + good, NONE, "s-1"),
                row("UTF-16", good.getBytes(StandardCharsets.UTF_16), NONE, null),
                row("UTF-16 without mark", good.getBytes(StandardCharsets.UTF_16LE), NONE, null),
                row("UTF-32", good.getBytes(Charset.forName("UTF-32BE")), NONE, null),
                row("two messages", good + good, NONE, "s-1"),
                row("a letter behind it", good + "x", NONE, "s-1"),
                row("a zero byte behind it", good + "\0", NONE, "s-1"),
                row("a brace too many", good + "}", NONE, "s-1"),
                row("no closing brace", good.substring(0, good.length() - 1), NONE, "s-1"),
                row(
                        "no closing brace behind metadata",
                        sale().with("metadata", "{'a':'b'").json(),
                        NONE,
                        "s-1"),
                row("only an opening brace", "{", NONE, null),
                row("a comma behind the last member", sale().then(","), NONE, "s-1"),
                row("two commas", sale().then(",,'method':'ledger'"), NONE, "s-1"),
                row("a comma in front", "{," + good.substring(1), NONE, "s-1"),
                row("no comma", good.replace(",\"payee\"", "\"payee\""), NONE, "s-1"),
                row("a semicolon", good.replace(",\"payee\"", ";\"payee\""), NONE, "s-1"),
                row("no colon", good.replace("\"payee\":", "\"payee\""), NONE, "s-1"),
                row("single quotes", good.replace('"', '\''), NONE, null),
                row("a name without quotes", good.replace("\"payee\"", "payee"), NONE, "s-1"),
                row("a comment", good.replace("{", "{/* pay */"), NONE, "s-1"),
                row("100 arrays deep", "[".repeat(100), NONE, null),
                row("60,000 arrays deep", "[".repeat(60_000), NONE, null),
                row("12,000 objects deep", "{\"a\":".repeat(12_000), "a", null),
                row("larger than 65,536 bytes", sale().then(" ".repeat(65_536)), NONE, "s-1"));
    }

    private static Stream<Arguments> namesOfFields() {
        return Stream.of(
                row("unknown field", sale().then(",'tip':5"), "tip", "s-1"),
                row("unknown field in front", "{\"tip\":5," + sale().json().substring(1), "tip", "s-1"),
                row(
                        "another case",
                        sale().without("payer").with("Payer", "'alice'").json(),
                        "Payer",
                        "s-1"),
                row("an empty name", sale().then(",'':1"), "", "s-1"),
                row("__proto__", sale().then(",'__proto__':{}"), "__proto__", "s-1"),
                row("a very long name", sale().then(",'" + "n".repeat(5_000) + "':1"), "n".repeat(32), "s-1"),
                row("a name with control characters", sale().then(",'a\\n\\u0007b\\u0085':1"), "a??b?", "s-1"),
                row("id twice, alike", sale().then(",'id':'s-1'"), "id", "s-1"),
                row("id twice, different", sale().then(",'id':'s-2'"), "id", "s-1"),
                row("amount twice", sale().then(",'amount':1"), "amount", "s-1"),
                row("amount twice, once escaped", sale().then(",'\\u0061mount':1"), "amount", "s-1"),
                row("metadata twice", sale().then(",'metadata':{},'metadata':{}"), "metadata", "s-1"));
    }

    private static Stream<Arguments> wrongTypes() {
        Stream<Arguments> strings = Stream.of("id", "type", "payer", "payee", "currency", "payment", "method")
                .flatMap(field -> Stream.of("5", "null", "true", "{}", "[]", "['alice']", "", "alice")
                        .map(value -> row(
                                field + " as " + value,
                                sale().with(field, value).json(),
                                field,
                                field.equals("id") ? null : "s-1")));
        Stream<Arguments> integers = Stream.of("amount", "iat", "exp")
                .flatMap(field -> Stream.of("'5'", "null", "true", "{}", "[]", "[5]", "", "five")
                        .map(value -> row(
                                field + " as " + value,
                                sale().with(field, value).json(),
                                field,
                                "s-1")));
        Stream<Arguments> others = Stream.of(
                row("final as a string", sale().with("final", "'true'").json(), "final", "s-1"),
                row("final as 1", sale().with("final", "1").json(), "final", "s-1"),
                row("final as null", sale().with("final", "null").json(), "final", "s-1"),
                row("final as tru", sale().with("final", "tru").json(), "final", "s-1"),
                row("final as True", sale().with("final", "True").json(), "final", "s-1"),
                row("metadata as a string", sale().with("metadata", "'x'").json(), "metadata", "s-1"),
                row("metadata as an array", sale().with("metadata", "[]").json(), "metadata", "s-1"),
                row("metadata as null", sale().with("metadata", "null").json(), "metadata", "s-1"));
        return Stream.of(strings, integers, others).flatMap(rows -> rows);
    }

    private static Stream<Arguments> integers() {
        return Stream.of("amount", "iat", "exp")
                .flatMap(field -> Stream.of(
                                "12.50",
                                "12.0",
                                "1e3",
                                "1E3",
                                "1e-3",
                                "0.5",
                                ".5",
                                "5.",
                                "01",
                                "00",
                                "-0",
                                "-01",
                                "+5",
                                "-",
                                "0x10",
                                "1_000",
                                "1 000",
                                "NaN",
                                "Infinity",
                                "-Infinity",
                                "12a",
                                "١٢")
                        .map(value -> row(
                                field + " as " + value,
                                sale().with(field, value).json(),
                                // Behind "1 " comes something that is no comma: the message breaks off, not the number.
                                value.contains(" ") ? NONE : field,
                                "s-1")));
    }

    private static Stream<Arguments> times() {
        return Stream.of(
                row("iat before 1970", sale().with("iat", "-1").json(), "iat", "s-1"),
                row("iat in milliseconds", sale().with("iat", "1795420800000").json(), "iat", "s-1"),
                row("exp in milliseconds", sale().with("exp", "1795420830000").json(), "exp", "s-1"),
                row("exp with thirty digits", sale().with("exp", "1".repeat(30)).json(), "exp", "s-1"),
                row(
                        "exp behind the year 9999",
                        sale().with("exp", "253402300800").json(),
                        "exp",
                        "s-1"),
                row("exp equal to iat", sale().with("exp", "1795420800").json(), "exp", "s-1"),
                row("exp before iat", sale().with("exp", "1795420799").json(), "exp", "s-1"));
    }

    /** In metadata, where any text is allowed: so that it is the text that is refused, and not the name it makes. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("textThatIsNoText")
    void aStringMustBeText(String what, byte[] text, String told) {
        byte[] before = "{\"id\":\"s-1\",\"metadata\":{\"é\":\"".getBytes(StandardCharsets.UTF_8);
        byte[] after =
                "z\"},\"type\":\"inquiry\",\"payment\":\"p\",\"iat\":1,\"exp\":2}".getBytes(StandardCharsets.UTF_8);
        assertTextIsRefused(told, joined(before, text, after));
        if (!told.startsWith("has an escape")) {
            assertTextIsRefused(told, joined(before, "\\u00e9".getBytes(StandardCharsets.UTF_8), text, after));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("textThatIsNoText")
    void aMessageMayEndInTheMiddleOfText(String what, byte[] text, String told) {
        byte[] before = "{\"id\":\"s-1\",\"metadata\":{\"é\":\"".getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length <= text.length; length++) {
            Decoding.Malformed malformed = malformed(joined(before, Arrays.copyOf(text, length)));
            assertEquals("metadata", malformed.refusal().field());
            assertEquals("s-1", malformed.id());
        }
    }

    private void assertTextIsRefused(String told, byte[] message) {
        Decoding.Malformed malformed = malformed(message);
        assertEquals(Refusal.malformed("metadata", "metadata " + told), malformed.refusal());
        assertEquals("s-1", malformed.id());
    }

    static Stream<Arguments> textThatIsNoText() {
        String control = "holds a control character";
        String escape = "has an escape that is not JSON";
        String surrogate = "has an unpaired surrogate";
        String utf8 = "is not valid UTF-8";
        return Stream.of(
                text("a raw newline", "\n", control),
                text("a raw tabulator", "\t", control),
                text("a raw zero", "\0", control),
                text("the last control character", "\u001f", control),
                text("an escape that is not JSON", "\\x61", escape),
                text("an escaped single quote", "\\'", escape),
                text("an escaped zero, as C has it", "\\0", escape),
                text("a short escape", "\\u61", escape),
                text("an escape without hex", "\\u00zz", escape),
                text("an escape with a sign", "\\u+061", escape),
                text("an escape in Arabic digits", "\\u٠٠٦١", escape),
                text("an escape with a capital U", "\\U0061", escape),
                text("a lone high surrogate", "\\ud83d", surrogate),
                text("a lone low surrogate", "\\ude00", surrogate),
                text("two high surrogates", "\\ud83d\\ud83d", surrogate),
                text("surrogates the wrong way round", "\\ude00\\ud83d", surrogate),
                text("a surrogate and a letter", "\\ud83d\\u0061", surrogate),
                bytes("a stray continuation byte", utf8, 0x80),
                bytes("a lead byte alone", utf8, 0xc3),
                bytes("an overlong slash of two bytes", utf8, 0xc0, 0xaf),
                bytes("an overlong zero, as modified UTF-8 has it", utf8, 0xc0, 0x80),
                bytes("an overlong slash of three bytes", utf8, 0xe0, 0x80, 0xaf),
                bytes("the last overlong form of three bytes", utf8, 0xe0, 0x9f, 0xbf),
                bytes("an overlong slash of four bytes", utf8, 0xf0, 0x80, 0x80, 0xaf),
                bytes("the last overlong form of four bytes", utf8, 0xf0, 0x8f, 0xbf, 0xbf),
                bytes("the first surrogate", utf8, 0xed, 0xa0, 0x80),
                bytes("the last surrogate", utf8, 0xed, 0xbf, 0xbf),
                bytes("a pair of surrogates, as CESU-8 has it", utf8, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
                bytes("above U+10FFFF", utf8, 0xf4, 0x90, 0x80, 0x80),
                bytes("a lead byte of what Unicode does not have", utf8, 0xf5, 0x80, 0x80, 0x80),
                bytes("a five-byte form", utf8, 0xf8, 0x88, 0x80, 0x80, 0x80),
                bytes("0xff", utf8, 0xff),
                bytes("two bytes of three", utf8, 0xe2, 0x82),
                bytes("three bytes of four", utf8, 0xf0, 0x9f, 0x98),
                bytes("Latin-1", utf8, 0xe9));
    }

    private static Stream<Arguments> strings() {
        return Stream.of(
                row("a raw newline in a name", sale().with("payer", "'ali\nce'").json(), "payer", "s-1"),
                row(
                        "an escaped newline in a name",
                        sale().with("payer", "'ali\\nce'").json(),
                        "payer",
                        "s-1"),
                row(
                        "invalid UTF-8 in a field's name",
                        joined(
                                "{\"id\":\"s-1\",\"a".getBytes(StandardCharsets.UTF_8),
                                new byte[] {(byte) 0xff},
                                "\":1}".getBytes(StandardCharsets.UTF_8)),
                        NONE,
                        "s-1"),
                row("a string that is not closed", "{\"id\":\"s-1\",\"payer\":\"alice", "payer", "s-1"),
                row("a string that ends in a backslash", "{\"id\":\"s-1\",\"payer\":\"alice\\", "payer", "s-1"),
                row("a name that is not closed", "{\"id\":\"s-1\",\"pay", NONE, "s-1"));
    }

    private static Stream<Arguments> names() {
        Stream<Arguments> names = Stream.of("id", "payer", "payee", "payment", "method")
                .flatMap(field -> Stream.of(
                                "''",
                                "'a b'",
                                "'a/b'",
                                "'café'",
                                "'a\\u0000'",
                                "'" + "x".repeat(65) + "'",
                                "'" + "x".repeat(60_000) + "'")
                        .map(value -> row(
                                field + " as " + (value.length() > 70 ? value.length() + " characters" : value),
                                sale().with(field, value).json(),
                                field,
                                field.equals("id") ? null : "s-1")));
        Stream<Arguments> words = Stream.of(
                row("type in capitals", sale().with("type", "'SALE'").json(), "type", "s-1"),
                row("a type that does not exist", sale().with("type", "'pay'").json(), "type", "s-1"),
                row(
                        "currency in small letters",
                        sale().with("currency", "'myr'").json(),
                        "currency",
                        "s-1"),
                row(
                        "a currency that does not exist",
                        sale().with("currency", "'ZZZ'").json(),
                        "currency",
                        "s-1"),
                row("a currency of two letters", sale().with("currency", "'RM'").json(), "currency", "s-1"),
                row("a currency by number", sale().with("currency", "'458'").json(), "currency", "s-1"),
                row("an empty currency", sale().with("currency", "''").json(), "currency", "s-1"));
        Stream<Arguments> ofTheEngine = Stream.of("reversal", "outcome", "anomaly", "acknowledgement")
                .map(type -> row(
                        type + ", which the engine alone makes",
                        refund().with("type", "'" + type + "'").json(),
                        "type",
                        "s-1"));
        return Stream.of(names, words, ofTheEngine).flatMap(Function.identity());
    }

    private static Stream<Arguments> missing() {
        return Stream.of(
                row("an empty object", "{}", "id", null),
                row("id missing", sale().without("id").json(), "id", null),
                row("type missing", sale().without("type").json(), "type", "s-1"),
                row("iat missing", sale().without("iat").json(), "iat", "s-1"),
                row("exp missing", sale().without("exp").json(), "exp", "s-1"),
                row("payer missing", sale().without("payer").json(), "payer", "s-1"),
                row("payee missing", sale().without("payee").json(), "payee", "s-1"),
                row("amount missing", sale().without("amount").json(), "amount", "s-1"),
                row("currency missing", sale().without("currency").json(), "currency", "s-1"),
                row(
                        "amount and currency missing",
                        sale().without("amount").without("currency").json(),
                        "amount",
                        "s-1"),
                row("refund without payment", refund().without("payment").json(), "payment", "s-1"),
                row(
                        "refund without amount",
                        refund().without("amount").without("currency").json(),
                        "amount",
                        "s-1"));
    }

    private static Stream<Arguments> notForThisType() {
        return Stream.of(
                row("sale with payment", sale().with("payment", "'p-1'").json(), "payment", "s-1"),
                row("sale with final", sale().with("final", "true").json(), "final", "s-1"),
                row("refund with payer", refund().with("payer", "'alice'").json(), "payer", "s-1"),
                row("refund with payee", refund().with("payee", "'alice'").json(), "payee", "s-1"),
                row(
                        "inquiry with amount",
                        inquiry().with("amount", "5").with("currency", "'MYR'").json(),
                        "amount",
                        "s-1"),
                row("inquiry with amount alone", inquiry().with("amount", "5").json(), "amount", "s-1"),
                row(
                        "inquiry with currency alone",
                        inquiry().with("currency", "'MYR'").json(),
                        "currency",
                        "s-1"),
                row("inquiry with payer", inquiry().with("payer", "'alice'").json(), "payer", "s-1"),
                row("transfer by card", transfer().with("method", "'card'").json(), "method", "s-1"),
                row("inquiry by card", inquiry().with("method", "'card'").json(), "method", "s-1"),
                row("inquiry with final", inquiry().with("final", "true").json(), "final", "s-1"));
    }

    private static Stream<Arguments> metadata() {
        String seventeen =
                IntStream.range(0, 17).mapToObj(i -> "'k" + i + "':'v'").collect(Collectors.joining(","));
        return Stream.of(
                        "{'a':5}",
                        "{'a':null}",
                        "{'a':true}",
                        "{'a':{}}",
                        "{'a':{'b':'c'}}",
                        "{'a':['b']}",
                        "{'a'}",
                        "{'a':}",
                        "{a:'b'}",
                        "{'a':'b',}",
                        "{'a':'b' 'c':'d'}",
                        "{'a':'b','a':'b'}",
                        "{'a':'b','\\u0061':'c'}",
                        "{'':'b'}",
                        "{'a':'b\\nc'}",
                        "{'a\\u0000':'b'}",
                        "{'a':'b\u0085c'}",
                        "{'a':'\\udc00'}",
                        "{'" + "k".repeat(65) + "':'v'}",
                        "{'k':'" + "v".repeat(257) + "'}",
                        "{" + seventeen + "}")
                .map(value -> row(
                        "metadata " + (value.length() > 70 ? value.substring(0, 20) + "…" : value),
                        sale().with("metadata", value).json(),
                        "metadata",
                        "s-1"));
    }

    private static SaleJson refund() {
        return sale().with("type", "'refund'").without("payer").without("payee").with("payment", "'p-1'");
    }

    private static SaleJson inquiry() {
        return refund().with("type", "'inquiry'").without("amount").without("currency");
    }

    private static SaleJson transfer() {
        return sale().with("type", "'transfer'");
    }

    private static Arguments row(String what, Object message, String field, String id) {
        return Arguments.of(what, message, field, id);
    }

    private Decoding.Malformed malformed(Object message) {
        byte[] bytes = message instanceof byte[] raw ? raw : ((String) message).getBytes(StandardCharsets.UTF_8);
        // Away from the array's beginning, with something behind: nothing outside the range may be read.
        byte[] frame = "0\"}".getBytes(StandardCharsets.UTF_8);
        byte[] around = joined(frame, bytes, frame);
        return assertInstanceOf(Decoding.Malformed.class, reader.read(around, frame.length, bytes.length));
    }

    private static void assertIsFitForPeople(String message) {
        assertNotNull(message);
        assertFalse(message.isBlank());
        assertFalse(message.contains("null "), message);
        assertFalse(message.length() > 200, message);
        assertFalse(message.chars().anyMatch(Character::isISOControl), message);
    }

    private static Arguments text(String what, String text, String told) {
        return Arguments.of(what, text.getBytes(StandardCharsets.UTF_8), told);
    }

    private static Arguments bytes(String what, String told, int... bytes) {
        byte[] text = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            text[i] = (byte) bytes[i];
        }
        return Arguments.of(what, text, told);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
