package bayar.codec;

import static bayar.codec.SaleJson.sale;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import bayar.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
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
                row("UTF-32", good.getBytes(java.nio.charset.Charset.forName("UTF-32BE")), NONE, null),
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

    private static Stream<Arguments> strings() {
        Stream<Arguments> text = Stream.of(
                row("a raw newline", sale().with("payer", "'ali\nce'").json(), "payer", "s-1"),
                row("a raw zero", sale().with("payer", "'ali\0ce'").json(), "payer", "s-1"),
                row("an escaped newline", sale().with("payer", "'ali\\nce'").json(), "payer", "s-1"),
                row(
                        "an escape that is not JSON",
                        sale().with("payer", "'\\x61lice'").json(),
                        "payer",
                        "s-1"),
                row(
                        "an escaped single quote",
                        sale().with("payer", "'\\\u0027'").json().replace("\\\"", "\\'"),
                        "payer",
                        "s-1"),
                row("a short escape", sale().with("payer", "'\\u61'").json(), "payer", "s-1"),
                row("an escape without hex", sale().with("payer", "'\\u00zz'").json(), "payer", "s-1"),
                row(
                        "an escape in Arabic digits",
                        sale().with("payer", "'\\u٠٠٦١'").json(),
                        "payer",
                        "s-1"),
                row("a lone high surrogate", sale().with("payer", "'\\ud83d'").json(), "payer", "s-1"),
                row("a lone low surrogate", sale().with("payer", "'\\ude00'").json(), "payer", "s-1"),
                row(
                        "surrogates the wrong way round",
                        sale().with("payer", "'\\ude00\\ud83d'").json(),
                        "payer",
                        "s-1"),
                row(
                        "a surrogate and a letter",
                        sale().with("payer", "'\\ud83d\\u0061'").json(),
                        "payer",
                        "s-1"),
                row("a string that is not closed", "{\"id\":\"s-1\",\"payer\":\"alice", "payer", "s-1"),
                row("a string that ends in a backslash", "{\"id\":\"s-1\",\"payer\":\"alice\\", "payer", "s-1"),
                row("a name that is not closed", "{\"id\":\"s-1\",\"pay", NONE, "s-1"));
        Stream<Arguments> utf8 = Stream.of(
                        row("a stray continuation byte", 0x80),
                        row("a lead byte alone", 0xc3),
                        row("an overlong slash, two bytes", 0xc0, 0xaf),
                        row("an overlong zero, as modified UTF-8 has it", 0xc0, 0x80),
                        row("an overlong slash, three bytes", 0xe0, 0x80, 0xaf),
                        row("an overlong slash, four bytes", 0xf0, 0x80, 0x80, 0xaf),
                        row("a surrogate", 0xed, 0xa0, 0x80),
                        row("a pair of surrogates, as CESU-8 has it", 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
                        row("above U+10FFFF", 0xf4, 0x90, 0x80, 0x80),
                        row("a five-byte form", 0xf8, 0x88, 0x80, 0x80, 0x80),
                        row("0xff", 0xff),
                        row("two bytes of three", 0xe2, 0x82),
                        row("Latin-1", 0xe9))
                .flatMap(rows -> rows);
        return Stream.concat(text, utf8);
    }

    /** These bytes in a string, and as the last of the message. */
    private static Stream<Arguments> row(String what, int... bytes) {
        String json = sale().without("payer").with("payer", "'alice'").json();
        int cut = json.indexOf("alice");
        byte[] within = bytes(json.substring(0, cut), bytes, json.substring(cut));
        byte[] last = bytes("{\"id\":\"s-1\",\"metadata\":{\"a\":\"", bytes, "");
        return Stream.of(
                row(what + " in a string", within, "payer", "s-1"), row(what + " at the end", last, "metadata", "s-1"));
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
                        "a reversal, which the engine alone makes",
                        sale().with("type", "'reversal'").json(),
                        "type",
                        "s-1"),
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
        return Stream.concat(names, words);
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

    private static Arguments row(String what, Object message, String field, String id) {
        return Arguments.of(what, message, field, id);
    }

    private Decoding.Malformed malformed(Object message) {
        byte[] bytes = message instanceof byte[] raw ? raw : ((String) message).getBytes(StandardCharsets.UTF_8);
        // Away from the array's beginning, with something behind: nothing outside the range may be read.
        byte[] framed = bytes("\"}", new int[0], "");
        byte[] around = new byte[bytes.length + 2 * framed.length];
        System.arraycopy(framed, 0, around, 0, framed.length);
        System.arraycopy(bytes, 0, around, framed.length, bytes.length);
        System.arraycopy(framed, 0, around, framed.length + bytes.length, framed.length);
        return assertInstanceOf(Decoding.Malformed.class, reader.read(around, framed.length, bytes.length));
    }

    private static void assertIsFitForPeople(String message) {
        assertNotNull(message);
        assertFalse(message.isBlank());
        assertFalse(message.contains("null "), message);
        assertFalse(message.length() > 200, message);
        assertFalse(message.chars().anyMatch(Character::isISOControl), message);
    }

    private static byte[] bytes(String before, int[] bytes, String after) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(before.getBytes(StandardCharsets.UTF_8));
        for (int b : bytes) {
            all.write(b);
        }
        all.writeBytes(after.getBytes(StandardCharsets.UTF_8));
        return all.toByteArray();
    }
}
