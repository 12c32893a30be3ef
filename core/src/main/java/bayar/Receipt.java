package bayar;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request.
 *
 * @param id the request's id, or null when the message was too broken to read one
 * @param reason why; it determines {@link #status()} and {@link #retry()}
 * @param money what became of the money
 * @param replayed whether the outcome is an earlier one, told again
 * @param sequence the place in the ledger's one order, from 1; 0 when nothing was recorded
 * @param amount the amount that was decided on, or null when there is none
 * @param time when it was committed, to the millisecond; null when nothing was recorded
 * @param message for people, or null
 * @param field the field of the message that is to blame, or null
 * @param retryAfterMillis how long to wait before sending again, in milliseconds; 0 when it does not apply
 * @param original the earlier payment that an inquiry asked for and found, else null
 */
public record Receipt(
        @Nullable String id,
        Reason reason,
        MoneyEffect money,
        boolean replayed,
        long sequence,
        @Nullable Money amount,
        @Nullable Instant time,
        @Nullable String message,
        @Nullable String field,
        long retryAfterMillis,
        @Nullable PaymentSummary original) {

    /** The answer to a request of which nothing was recorded. */
    public static Receipt refused(@Nullable String id, Refusal refusal, long retryAfterMillis) {
        return new Receipt(
                id,
                refusal.reason(),
                MoneyEffect.NOT_MOVED,
                false,
                0,
                null,
                null,
                refusal.message(),
                refusal.field(),
                retryAfterMillis,
                null);
    }

    /** What became of the request. */
    public Status status() {
        return reason.status();
    }

    /** What the client may do next. */
    public Retry retry() {
        return reason.retry();
    }

    /** This receipt, marked as told again. */
    public Receipt asReplayed() {
        return new Receipt(id, reason, money, true, sequence, amount, time, message, field, retryAfterMillis, original);
    }
}
