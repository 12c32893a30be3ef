package bayar.store.sqlite;

import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import org.jspecify.annotations.Nullable;

/** The last payments, as they stand now: those that are sent again, captured or settled soon are not read from the file. */
final class RecentPayments {
    private final @Nullable PaymentRecord[] payments;

    /** @param size how many, a power of two */
    RecentPayments(int size) {
        payments = new @Nullable PaymentRecord[size];
    }

    /** The payment with this sequence, or null when it is not among them. */
    @Nullable
    PaymentRecord get(long sequence) {
        PaymentRecord payment = payments[slot(sequence)];
        return payment != null && payment.sequence() == sequence ? payment : null;
    }

    /** Keeps what these changes append, and what they change of those that are kept. */
    void keep(Changes changes) {
        for (PaymentRecord record : changes.records()) {
            payments[slot(record.sequence())] = record;
        }
        for (PaymentRecord changed : changes.payments().values()) {
            if (get(changed.sequence()) != null) {
                payments[slot(changed.sequence())] = changed;
            }
        }
    }

    private int slot(long sequence) {
        return (int) sequence & payments.length - 1;
    }
}
