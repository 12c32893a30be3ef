package bayar.store.sqlite;

import bayar.PaymentSums;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * What few payments have, kept as one JSON object in the column {@code detail}; most payments have none of it.
 *
 * @param payer the payer of the request, where it is not the account debited
 * @param payee the payee of the request, where it is not the account credited
 * @param debited the account debited, where no account of that name is in the ledger
 * @param credited the account credited, where no account of that name is in the ledger
 * @param payment the id of the earlier payment
 * @param expiresMillis when what it held is released, in milliseconds since 1970 UTC; 0 when it held nothing
 * @param begun the sums that it began with, where its kind does not tell
 * @param metadata the client's own notes
 */
record Detail(
        @Nullable String payer,
        @Nullable String payee,
        @Nullable String debited,
        @Nullable String credited,
        @Nullable String payment,
        long expiresMillis,
        @Nullable PaymentSums begun,
        Map<String, String> metadata) {

    static final Detail NONE = new Detail(null, null, null, null, null, 0, null, Map.of());

    private static final JsonFactory JSON = new JsonFactory();
    private static final JsonFactory ASCII_JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** As JSON, its names in a fixed order; null when there is nothing to tell. */
    @Nullable
    String toJson() {
        if (payer == null
                && payee == null
                && debited == null
                && credited == null
                && payment == null
                && expiresMillis == 0
                && begun == null
                && metadata.isEmpty()) {
            return null;
        }
        String json = toJson(JSON);
        // Half a surrogate pair has no UTF-8 form; escaped, it survives.
        return StandardCharsets.UTF_8.newEncoder().canEncode(json) ? json : toJson(ASCII_JSON);
    }

    private String toJson(JsonFactory factory) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            write(json, "payer", payer);
            write(json, "payee", payee);
            write(json, "debited", debited);
            write(json, "credited", credited);
            write(json, "payment", payment);
            if (expiresMillis != 0) {
                json.writeNumberProperty("expires", expiresMillis);
            }
            if (begun != null) {
                json.writeNumberProperty("authorized", begun.authorized());
                json.writeNumberProperty("captured", begun.captured());
                json.writeNumberProperty("released", begun.released());
                json.writeNumberProperty("refunded", begun.refunded());
                json.writeNumberProperty("capturing", begun.capturing());
                json.writeNumberProperty("refunding", begun.refunding());
            }
            if (!metadata.isEmpty()) {
                json.writeObjectPropertyStart("metadata");
                new TreeMap<>(metadata).forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, String name, @Nullable String value) {
        if (value != null) {
            json.writeStringProperty(name, value);
        }
    }

    /** @throws tools.jackson.core.JacksonException if that is not JSON */
    static Detail ofJson(@Nullable String text) {
        if (text == null) {
            return NONE;
        }
        Map<String, String> names = new HashMap<>();
        Map<String, Long> numbers = new HashMap<>();
        Map<String, String> metadata = new HashMap<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            Map<String, String> into = names;
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.START_OBJECT && json.currentName() != null) {
                    into = metadata;
                } else if (token == JsonToken.END_OBJECT) {
                    into = names;
                } else if (token == JsonToken.VALUE_NUMBER_INT) {
                    numbers.put(json.currentName(), json.getLongValue());
                } else if (token == JsonToken.VALUE_STRING) {
                    into.put(json.currentName(), json.getString());
                }
            }
        }
        return new Detail(
                names.get("payer"),
                names.get("payee"),
                names.get("debited"),
                names.get("credited"),
                names.get("payment"),
                numbers.getOrDefault("expires", 0L),
                begun(numbers),
                metadata);
    }

    private static @Nullable PaymentSums begun(Map<String, Long> numbers) {
        if (!numbers.containsKey("authorized")) {
            return null;
        }
        return new PaymentSums(
                numbers.getOrDefault("authorized", 0L),
                numbers.getOrDefault("captured", 0L),
                numbers.getOrDefault("released", 0L),
                numbers.getOrDefault("refunded", 0L),
                numbers.getOrDefault("capturing", 0L),
                numbers.getOrDefault("refunding", 0L));
    }
}
