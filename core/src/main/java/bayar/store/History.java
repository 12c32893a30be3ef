package bayar.store;

import bayar.ledger.PaymentRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a ledger as they were appended, whatever was recorded about them later. Belongs to one thread,
 * which may be another than the one that commits; sees what was committed before each call.
 */
public interface History extends AutoCloseable {
    /**
     * The records that follow this sequence, in order.
     *
     * @param sequence 0 or more
     * @param max the most to return, 1 or more
     */
    List<PaymentRecord> after(long sequence, int max);

    /** The record with this sequence, or null when there is none. */
    @Nullable
    PaymentRecord at(long sequence);

    /** Gives back what it holds. May be called again, but not after the store was closed. */
    @Override
    void close();
}
