package bayar;

import java.util.List;

/**
 * What was recorded about one payment.
 *
 * @param receipt how it stands now
 * @param events its own record first, then what became of it and what acted on it (captures, refunds, a void), in the
 *     ledger's order
 * @param isWhole whether nothing is missing; false when there is more than is told, or it lies too far apart in the
 *     ledger to be looked for
 */
public record PaymentHistory(Receipt receipt, List<PaymentEvent> events, boolean isWhole) {
    /** Keeps a copy of the events. */
    public PaymentHistory {
        events = List.copyOf(events);
    }
}
