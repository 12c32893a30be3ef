package bayar;

/**
 * A {@link Processor} whose calls wait for their answer. The engine makes each on a virtual thread where the JDK has
 * them without pinning (24 and later), else on a bounded pool. A call that takes too long is interrupted, and what it
 * would have returned is then late. What a call throws leaves the payment in doubt. Must be thread-safe.
 */
public interface BlockingProcessor extends ProcessorTraits {
    /** Does it, as {@link Processor#process}. */
    Outcome process(Payment payment, Attempt attempt) throws Exception;

    /** Says what became of an attempt, as {@link Processor#inquire}. */
    Outcome inquire(Payment payment, Attempt attempt) throws Exception;

    /** Undoes an attempt, as {@link Processor#reverse}. */
    default Outcome reverse(Payment payment, Attempt attempt) throws Exception {
        return Outcome.notSupported();
    }
}
