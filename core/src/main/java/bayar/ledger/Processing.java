package bayar.ledger;

import bayar.Reason;
import bayar.Refusal;
import org.jspecify.annotations.Nullable;

/** Whether the outside world can take another payment. */
@FunctionalInterface
public interface Processing {
    /** Of a ledger beside which no processor works. */
    Processing NONE = new Processing() {
        @Override
        public boolean knows(String method) {
            return false;
        }

        @Override
        public Refusal admit(String method) {
            return Refusal.of(Reason.PROCESSOR_UNAVAILABLE);
        }
    };

    /** Whether there is a processor by this method; a new request that names another one is refused. */
    default boolean knows(String method) {
        return true;
    }

    /**
     * Takes up one place for a payment by this method, which its processor will be called for once the batch is
     * committed.
     *
     * @return why there is none, or null when one was taken
     */
    @Nullable
    Refusal admit(String method);
}
