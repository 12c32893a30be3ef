package bayar.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What one batch changes: to be written whole or not at all.
 *
 * <p>The ledger vouches that every account is the sum of the records that moved money to and from it, that the accounts
 * of a currency add up to zero, and that no principal has an id recorded twice.
 *
 * @param records the new records in sequence order, the first following the last one committed
 * @param opened new accounts, with what this batch has posted on them
 * @param changed accounts that were there before, as they are after this batch; their currency and floor never change
 * @param payments payments that later requests or records of this batch acted on, by sequence, as they stand after it.
 *     Against what was recorded of them, {@code sums} may differ and, where their {@code course} is not {@link
 *     Course#NONE}, what its {@code step} tells: time, reason, money and expiry
 * @param cursors how far readers of the history have come: sequences by the readers' names
 */
public record Changes(
        List<PaymentRecord> records,
        Collection<Account> opened,
        Collection<Account> changed,
        Map<Long, PaymentRecord> payments,
        Map<String, Long> cursors) {

    /** Whether there is nothing to write. */
    public boolean isEmpty() {
        return records.isEmpty() && opened.isEmpty() && changed.isEmpty() && payments.isEmpty() && cursors.isEmpty();
    }
}
