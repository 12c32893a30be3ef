package bayar;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What whoever runs an engine sees of it, and may do. Thread-safe; nothing here waits for the ledger. */
public interface Operator {
    /** How the engine is at this moment. */
    EngineStatus status();

    /** How its store is. */
    StoreStatus store();

    /** How its transports are, in the order in which they were given to it. */
    List<TransportStatus> transports();

    /** The names of its processors. */
    List<String> methods();

    /**
     * What is pending, in doubt, or contradicted and not acknowledged; the older first.
     *
     * @param max the most to tell, 1 or more
     */
    CompletableFuture<List<UnresolvedPayment>> unresolved(int max);

    /**
     * What was recorded about one payment.
     *
     * @return completes with its history; exceptionally with a {@link BayarException} when the principal has no such
     *     payment, or the engine takes nothing any more
     */
    CompletableFuture<PaymentHistory> history(String principal, String id);

    /**
     * Settles a payment by hand, or has it reversed.
     *
     * @return completes with how the payment stands, once that is durable; exceptionally with a {@link BayarException}
     *     when there is no such payment, or it is not in a state that allows this
     */
    CompletableFuture<Receipt> resolve(Resolution resolution);
}
