package bayar.examples.acquirer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a merchant asks for: the body of {@code POST /payments}.
 *
 * @param key the idempotency key: 1 to 40 characters of {@code a-z 0-9 -}
 * @param amount 1 to 999999999999 minor units; of a void: all that is left to release
 * @param currency three capitals
 * @param original the reference, or the key, of the payment to act on; null for an authorize and a sale
 * @param card a card's token, or null
 * @param merchantReference the merchant's own name for it, or null; only kept
 * @param isFinal of a capture: whether what is left is released
 * @param notAfter when it is not to be executed any more, in milliseconds since 1970 UTC by the acquirer's clock, or null;
 *     not kept
 */
record PaymentOrder(
        String key,
        Type type,
        long amount,
        String currency,
        @Nullable String original,
        @Nullable String card,
        @Nullable String merchantReference,
        @JsonProperty("final") boolean isFinal,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long notAfter) {

    static final Pattern KEY = Pattern.compile("[a-z0-9-]{1,40}");
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
    private static final long MAX_AMOUNT = 999_999_999_999L;

    enum Type {
        @JsonProperty("authorize")
        AUTHORIZE,
        @JsonProperty("sale")
        SALE,
        @JsonProperty("capture")
        CAPTURE,
        @JsonProperty("void")
        VOID,
        @JsonProperty("refund")
        REFUND;

        boolean needsOriginal() {
            return this != AUTHORIZE && this != SALE;
        }
    }

    /** @throws IllegalArgumentException if it is not such an order */
    PaymentOrder {
        require(key != null && KEY.matcher(key).matches(), "key");
        require(type != null, "type");
        require(amount >= 1 && amount <= MAX_AMOUNT, "amount");
        require(currency != null && CURRENCY.matcher(currency).matches(), "currency");
        require((original != null) == type.needsOriginal(), "original");
    }

    /** Whether it came too late to be executed. */
    boolean isTooLate(Instant now) {
        return notAfter != null && now.toEpochMilli() > notAfter;
    }

    /** What is asked for, however soon: the same for every repetition. */
    PaymentOrder withoutDeadline() {
        return new PaymentOrder(key, type, amount, currency, original, card, merchantReference, isFinal, null);
    }

    private static void require(boolean isSo, String field) {
        if (!isSo) {
            throw new IllegalArgumentException("the field " + field + " is missing or wrong");
        }
    }
}
