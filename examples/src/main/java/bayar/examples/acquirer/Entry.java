package bayar.examples.acquirer;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the acquirer knows about one key: a line of its book, and its answer to whoever asks.
 *
 * @param reason why it was declined; {@code approved_partial} for a part; else null
 * @param reference the acquirer's name for it; null for a key that was reversed before it was seen
 * @param amount what was executed, in minor units; null where nothing stands
 * @param currency the currency of that, or null
 * @param time when it came to be so
 * @param order what was asked for; null for a key that was reversed before it was seen
 */
record Entry(
        String key,
        Status status,
        @Nullable String reason,
        @Nullable String reference,
        @Nullable Long amount,
        @Nullable String currency,
        Instant time,
        @Nullable PaymentOrder order) {

    enum Status {
        @JsonProperty("approved")
        APPROVED,
        @JsonProperty("declined")
        DECLINED,
        @JsonProperty("reversed")
        REVERSED
    }

    static Entry approved(PaymentOrder order, long amount, String reference, Instant time) {
        String reason = amount == order.amount() ? null : "approved_partial";
        return new Entry(order.key(), Status.APPROVED, reason, reference, amount, order.currency(), time, order);
    }

    static Entry declined(PaymentOrder order, String reason, String reference, Instant time) {
        return new Entry(order.key(), Status.DECLINED, reason, reference, null, null, time, order);
    }

    /** What a key becomes that was never seen: nothing with it will ever be executed. */
    static Entry neverToBe(String key, Instant time) {
        return new Entry(key, Status.REVERSED, null, null, null, null, time, null);
    }

    Entry reversed(Instant when) {
        return new Entry(key, Status.REVERSED, null, reference, null, null, when, order);
    }

    Entry withAmount(long newAmount) {
        return new Entry(key, status, reason, reference, newAmount, currency, time, order);
    }

    boolean isApproved() {
        return status == Status.APPROVED;
    }

    boolean is(PaymentOrder.Type type) {
        return order != null && order.type() == type;
    }

    /** What of this type was executed and stands, in minor units. */
    long executed(PaymentOrder.Type type) {
        return isApproved() && is(type) && amount != null ? amount : 0;
    }
}
