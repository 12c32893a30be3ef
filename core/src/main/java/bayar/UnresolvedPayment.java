package bayar;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A payment that is not settled, or that something contradicts, for an operator.
 *
 * @param principal whose payment it is
 * @param request what was asked for
 * @param receipt how it stands
 * @param method the processor that does it
 * @param attempt what the processor knows it by
 * @param reference what the processor calls it, or null
 * @param since since when it is pending or in doubt; when it was settled, if that was contradicted later
 * @param tries how often the processor has been asked about it since the engine started
 * @param nextTry when it is asked next, or null when it is not: it is pending, or waits for an operator or a notification
 * @param isAnomalous whether something told later contradicts its outcome, and nobody has acknowledged that
 */
public record UnresolvedPayment(
        String principal,
        PaymentRequest request,
        Receipt receipt,
        String method,
        Attempt attempt,
        @Nullable String reference,
        Instant since,
        int tries,
        @Nullable Instant nextTry,
        boolean isAnomalous) {

    /** Whether nothing more will happen until an operator resolves it, or a notification comes. */
    public boolean isStuck() {
        return isAnomalous || (receipt.status() == Status.IN_DOUBT && nextTry == null);
    }
}
