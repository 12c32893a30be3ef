package bayar.ledger;

import bayar.Money;
import org.jspecify.annotations.Nullable;

/**
 * What has become of a payment that a processor does, beyond the first record of it.
 *
 * @param step the sequence of the record that told last how the payment stands; 0 while there is none
 * @param takenMillis when the ledger took the payment on, in milliseconds since 1970 UTC; 0 while there is no step
 * @param doubtMillis when it came to be in doubt, in milliseconds since 1970 UTC; 0 when it never was
 * @param amount the amount that was decided, or that is in doubt; null while there is no step
 * @param reference what the processor calls it, or null
 * @param anomalies which contradictions were recorded and not acknowledged yet: a bit for each kind; 0 for none
 * @param contradicted which were ever recorded: a bit for each kind
 */
public record Course(
        long step,
        long takenMillis,
        long doubtMillis,
        @Nullable Money amount,
        @Nullable String reference,
        int anomalies,
        int contradicted) {

    /** Of a payment that no processor does, or of which nothing has been told yet. */
    public static final Course NONE = new Course(0, 0, 0, null, null, 0, 0);
}
