package bayar.ledger;

import bayar.Refusal;
import org.jspecify.annotations.Nullable;

/** Whether the outside world can take another payment. */
@FunctionalInterface
public interface Processing {
    /**
     * Takes up one place for a payment by this method, which its processor will be called for once the batch is
     * committed.
     *
     * @return why there is none, or null when one was taken
     */
    @Nullable
    Refusal admit(String method);
}
