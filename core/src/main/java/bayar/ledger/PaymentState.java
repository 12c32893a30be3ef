package bayar.ledger;

import bayar.PaymentRequest;
import bayar.Status;
import org.jspecify.annotations.Nullable;

/** In what state the earlier payment is that a request acts on: the columns of the {@link TransitionTable}. */
enum PaymentState {
    /** The request acts on no earlier payment. */
    NONE,
    /** There is no such payment of this principal. */
    UNKNOWN,
    /** It was declined. */
    DECLINED,
    /** It moved money between two accounts for good. */
    TRANSFERRED,
    /** It was captured, and something of that is left. */
    CAPTURED,
    /** All that was captured has been refunded. */
    REFUNDED,
    /** It only acted on yet another payment. */
    ACTED_ON_ANOTHER;

    static PaymentState of(PaymentRequest request, @Nullable PaymentRecord original) {
        if (request.payment() == null) {
            return NONE;
        }
        if (original == null) {
            return UNKNOWN;
        }
        if (original.reason().status() == Status.DECLINED) {
            return DECLINED;
        }
        if (original.request().payment() != null) {
            return ACTED_ON_ANOTHER;
        }
        if (original.sums().captured() == 0) {
            return TRANSFERRED;
        }
        return original.sums().refundable() == 0 ? REFUNDED : CAPTURED;
    }
}
