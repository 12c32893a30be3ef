package bayar.ledger;

import bayar.PaymentRequest;
import bayar.PaymentSums;
import org.jspecify.annotations.Nullable;

/** In what state the earlier payment is that a request acts on: the columns of the {@link TransitionTable}. */
enum PaymentState {
    /** The request acts on no earlier payment. */
    NONE,
    /** There is no such payment of this principal. */
    UNKNOWN,
    /** It only acted on yet another payment. */
    ACTED_ON_ANOTHER,
    /** Its processor is at work. */
    PENDING,
    /** Nobody knows yet whether its processor has done it. */
    IN_DOUBT,
    /** It was declined. */
    DECLINED,
    /** It is proven not to have been executed. */
    FAILED,
    /** It was in doubt, and was undone. */
    REVERSED,
    /** It moved money between two accounts for good. */
    TRANSFERRED,
    /** All that was authorized is still held. */
    AUTHORIZED,
    /** A part of what was authorized was captured, and a part is still held. */
    PARTLY_CAPTURED,
    /** A capture or a void of it is pending or in doubt. */
    BEING_CAPTURED,
    /** Something was captured and not all of that refunded; nothing is held any more. */
    CAPTURED,
    /** All that was captured has been refunded; nothing is held any more. */
    REFUNDED,
    /** All that was authorized was released on request. */
    VOIDED,
    /** The authorization has expired before anything was captured. */
    EXPIRED,
    /** A part of what was authorized was captured, and the rest has expired. */
    PARTLY_EXPIRED;

    /** @param hasExpired whether time has ended what was still held of {@code original} */
    static PaymentState of(PaymentRequest request, @Nullable PaymentRecord original, boolean hasExpired) {
        if (request.payment() == null) {
            return NONE;
        }
        if (original == null) {
            return UNKNOWN;
        }
        if (original.request().payment() != null) {
            return ACTED_ON_ANOTHER;
        }
        return switch (original.status()) {
            case PENDING -> PENDING;
            case IN_DOUBT -> IN_DOUBT;
            case DECLINED -> DECLINED;
            case FAILED -> FAILED;
            case REVERSED -> REVERSED;
            default -> of(original.sums(), hasExpired);
        };
    }

    private static PaymentState of(PaymentSums sums, boolean hasExpired) {
        if (sums.authorized() == 0) {
            return TRANSFERRED;
        }
        boolean isCaptured = sums.captured() > 0;
        if (hasExpired) {
            return isCaptured ? PARTLY_EXPIRED : EXPIRED;
        }
        if (sums.capturing() > 0) {
            return BEING_CAPTURED;
        }
        if (sums.open() > 0) {
            return isCaptured ? PARTLY_CAPTURED : AUTHORIZED;
        }
        if (!isCaptured) {
            return VOIDED;
        }
        return sums.refunded() == sums.captured() ? REFUNDED : CAPTURED;
    }
}
