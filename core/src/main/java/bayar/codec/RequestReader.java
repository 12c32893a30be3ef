package bayar.codec;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request from its JSON, strictly: the payload of a signed message, or a whole unsigned one. Thread-safe.
 *
 * <p>It is written by hand because it must refuse what general readers let pass (a name given twice, 12.50 read as 12,
 * UTF-16) and say which field is to blame. White space around and between tokens is allowed, as in any JSON.
 */
public final class RequestReader {
    /** The last second of the year 9999, the largest time that a message may name. */
    public static final long MAX_TIME_SECONDS = 253_402_300_799L;

    private static final String NAME_RULE = "1 to 64 characters of A-Z a-z 0-9 . _ : -";
    private static final Operation[] CLIENT_TYPES =
            Stream.of(Operation.values()).filter(Operation::isForClients).toArray(Operation[]::new);
    private static final byte[][] CLIENT_CODES = Stream.of(CLIENT_TYPES)
            .map(type -> type.code().getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new);
    private static final String TYPES =
            Stream.of(CLIENT_TYPES).map(Operation::code).collect(Collectors.joining(", "));

    private final InputLimits limits;

    /** A reader that keeps to these limits. */
    public RequestReader(InputLimits limits) {
        this.limits = limits;
    }

    /** Reads one message. Never throws for what is in the bytes. */
    public Decoding read(byte[] bytes, int offset, int length) {
        Refusal tooLarge = limits.messageProblem(length);
        if (tooLarge != null) {
            return new Decoding.Malformed(Claims.read(bytes, offset, length).id(), tooLarge);
        }
        Reading reading = new Reading(bytes, offset, length);
        Refusal refusal = reading.readObject();
        if (refusal == null) {
            refusal = reading.problem();
        }
        if (refusal == null) {
            return new Decoding.Message(
                    reading.request.build(), reading.issuedAt, reading.expiresAt, reading.traceparent);
        }
        String id = reading.id != null
                ? reading.id
                : Claims.read(bytes, offset, length).id();
        return new Decoding.Malformed(id, refusal);
    }

    /** The fields of a message, with their names in JSON. */
    private enum Field {
        ID,
        TYPE,
        IAT,
        EXP,
        PAYER,
        PAYEE,
        AMOUNT,
        CURRENCY,
        PAYMENT,
        FINAL,
        METHOD,
        METADATA,
        TRACEPARENT;

        private static final Field[][] BY_LENGTH = new Field[12][];

        static {
            for (int length = 0; length < BY_LENGTH.length; length++) {
                int wanted = length;
                BY_LENGTH[length] = Stream.of(values())
                        .filter(field -> field.json.length() == wanted)
                        .toArray(Field[]::new);
            }
        }

        private final String json = name().toLowerCase(Locale.ROOT);
        private final byte[] ascii = json.getBytes(StandardCharsets.US_ASCII);

        int bit() {
            return 1 << ordinal();
        }

        /** The field whose name the cursor has just read, or null when there is none. */
        static @Nullable Field named(JsonCursor cursor) {
            int length = cursor.textLength();
            if (length < BY_LENGTH.length) {
                for (Field field : BY_LENGTH[length]) {
                    if (cursor.textIs(field.ascii)) {
                        return field;
                    }
                }
            }
            return null;
        }
    }

    /** One pass over one message. */
    private final class Reading {
        private final JsonCursor cursor;
        private final PaymentRequest.Builder request = new PaymentRequest.Builder();
        private int seen;
        private @Nullable String id;
        private @Nullable Operation type;
        private long issuedAt;
        private long expiresAt;
        private long amount;
        private @Nullable Currency currency;
        private @Nullable String traceparent;

        Reading(byte[] bytes, int offset, int length) {
            cursor = new JsonCursor(bytes, offset, length);
        }

        @Nullable
        Refusal readObject() {
            int first = cursor.peek();
            if (first != '{') {
                return Refusal.malformed(null, notAnObject(first));
            }
            cursor.skip();
            boolean isFirst = true;
            while (cursor.nextMember(isFirst)) {
                isFirst = false;
                Field field = Field.named(cursor);
                if (field == null) {
                    return unknownField(cursor.text());
                }
                if ((seen & field.bit()) != 0) {
                    return blame(field, "is given twice");
                }
                seen |= field.bit();
                Refusal refusal = readValue(field);
                if (refusal != null) {
                    return refusal;
                }
            }
            if (cursor.fault() != null) {
                return Refusal.malformed(null, "the message " + cursor.fault() + ", at byte " + cursor.position());
            }
            if (cursor.peek() >= 0) {
                return Refusal.malformed(null, "there is more behind the message, at byte " + cursor.position());
            }
            return null;
        }

        private String notAnObject(int first) {
            if (first < 0) {
                return "the message is empty";
            }
            if (first == 0xef || first == 0xfe || first == 0xff) {
                return "the message does not begin with a brace; send UTF-8 without a byte order mark";
            }
            return "the message must be a JSON object, not " + JsonCursor.kind(first);
        }

        private Refusal unknownField(String name) {
            StringBuilder shown = new StringBuilder();
            name.codePoints()
                    .limit(limits.shownChars())
                    .map(c -> Character.isISOControl(c) ? '?' : c)
                    .forEach(shown::appendCodePoint);
            String field = shown.toString();
            return Refusal.malformed(field, "there is no field \"" + field + "\" in a message");
        }

        private @Nullable Refusal readValue(Field field) {
            switch (field) {
                case IAT:
                case EXP:
                    return readTime(field);
                case AMOUNT:
                    return readAmount();
                case FINAL:
                    return readFinal();
                case METADATA:
                    return readMetadata();
                default:
                    return readString(field);
            }
        }

        private @Nullable Refusal readString(Field field) {
            int first = cursor.peek();
            if (first != '"') {
                return blame(field, "must be a string, not " + JsonCursor.kind(first));
            }
            if (!cursor.string()) {
                return blame(field, cursor.fault());
            }
            if (field == Field.CURRENCY) {
                currency = Currencies.of(cursor);
                return currency != null ? null : blame(field, "must be an ISO 4217 code in capitals, such as MYR");
            }
            if (field == Field.TYPE) {
                Operation operation = typeRead();
                if (operation == null) {
                    return blame(field, "must be one of " + TYPES);
                }
                type = operation;
                request.type(operation);
                return null;
            }
            String text = cursor.text();
            if (field == Field.TRACEPARENT) {
                // Only for those who watch: what is no context is as good as none, as the standard says.
                traceparent = Traceparent.isValid(text) ? text : null;
                return text.length() <= Traceparent.MAX_LENGTH
                        ? null
                        : blame(field, "must be at most " + Traceparent.MAX_LENGTH + " characters");
            }
            if (!AccountId.isValid(text)) {
                return blame(field, "must be " + NAME_RULE);
            }
            switch (field) {
                case ID:
                    id = text;
                    request.id(text);
                    break;
                case PAYER:
                    request.payer(text);
                    break;
                case PAYEE:
                    request.payee(text);
                    break;
                case PAYMENT:
                    request.payment(text);
                    break;
                default:
                    request.method(text);
                    break;
            }
            return null;
        }

        private @Nullable Operation typeRead() {
            for (int i = 0; i < CLIENT_TYPES.length; i++) {
                if (cursor.textIs(CLIENT_CODES[i])) {
                    return CLIENT_TYPES[i];
                }
            }
            return null;
        }

        private @Nullable Refusal readTime(Field field) {
            cursor.peek();
            if (!cursor.integer()) {
                return blame(field, cursor.fault());
            }
            long seconds = cursor.integerValue();
            if (seconds < 0 || seconds > MAX_TIME_SECONDS) {
                return blame(field, "must be 0 to " + MAX_TIME_SECONDS + ", in seconds since 1970");
            }
            if (field == Field.IAT) {
                issuedAt = seconds;
            } else {
                expiresAt = seconds;
            }
            return null;
        }

        /** An integer out of range is kept as 0, so that what is malformed further on is answered first. */
        private @Nullable Refusal readAmount() {
            cursor.peek();
            if (!cursor.integer()) {
                return blame(Field.AMOUNT, cursor.fault() + "; it counts minor units");
            }
            long minor = cursor.integerValue();
            amount = minor >= 1 && minor <= PaymentRequest.MAX_AMOUNT_MINOR ? minor : 0;
            return null;
        }

        private @Nullable Refusal readFinal() {
            int first = cursor.peek();
            if (first != 't' && first != 'f') {
                return blame(Field.FINAL, "must be true or false, not " + JsonCursor.kind(first));
            }
            if (!cursor.word(first == 't' ? "true" : "false")) {
                return blame(Field.FINAL, "must be true or false");
            }
            request.isFinal(first == 't');
            return null;
        }

        private @Nullable Refusal readMetadata() {
            int first = cursor.peek();
            if (first != '{') {
                return blame(Field.METADATA, "must be an object, not " + JsonCursor.kind(first));
            }
            cursor.skip();
            Map<String, String> metadata = new LinkedHashMap<>();
            while (cursor.nextMember(metadata.isEmpty())) {
                if (metadata.size() == limits.metadataEntries()) {
                    return limits.tooManyEntries();
                }
                String key = cursor.text();
                int value = cursor.peek();
                if (value != '"') {
                    return blame(Field.METADATA, "must hold strings alone, not " + JsonCursor.kind(value));
                }
                if (!cursor.string()) {
                    return blame(Field.METADATA, cursor.fault());
                }
                Refusal problem = limits.entryProblem(key, cursor.text());
                if (problem != null) {
                    return problem;
                }
                if (metadata.put(key, cursor.text()) != null) {
                    return blame(Field.METADATA, "has a key twice");
                }
            }
            if (cursor.fault() != null) {
                return blame(Field.METADATA, cursor.fault());
            }
            request.metadata(metadata);
            return null;
        }

        /** What is wrong with the fields taken together, or null when nothing is. */
        @Nullable
        Refusal problem() {
            Operation operation = type;
            if (operation == null || !has(Field.ID) || !has(Field.IAT) || !has(Field.EXP)) {
                Field missing = !has(Field.ID)
                        ? Field.ID
                        : operation == null ? Field.TYPE : !has(Field.IAT) ? Field.IAT : Field.EXP;
                return blame(missing, "is missing; every message needs it");
            }
            if (expiresAt <= issuedAt) {
                return blame(Field.EXP, "must be later than iat");
            }
            Currency in = currency;
            if (has(Field.AMOUNT) && in != null) {
                request.amount(new Money(amount, in));
                return request.problem();
            }
            // Half an amount: say which half before the builder, which knows only whole ones, says something else.
            if (has(Field.AMOUNT) || in != null) {
                Field given = in != null ? Field.CURRENCY : Field.AMOUNT;
                if (!operation.carriesAmount()) {
                    return Refusal.malformed(
                            given.json, "a request of type " + operation.code() + " takes no " + given.json);
                }
                Field missing = in != null ? Field.AMOUNT : Field.CURRENCY;
                return blame(missing, "is missing; a request of type " + operation.code() + " needs it");
            }
            return request.problem();
        }

        private boolean has(Field field) {
            return (seen & field.bit()) != 0;
        }

        private Refusal blame(Field field, @Nullable String what) {
            return new Refusal(Reason.FORMAT_ERROR, field.json, field.json + " " + what);
        }
    }
}
