package bayar;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Does payments in the outside world (a bank, a card acquirer), says what happened, and can be asked again. Given to the
 * engine's builder under a name, the {@code method} of the requests that it is for.
 *
 * <p>A call is made only after a durable record that it may be made, never on the committer's thread, and returns at
 * once: its stage tells later what happened. Whoever would wait for an answer implements {@link BlockingProcessor}. A
 * stage that fails, is null, does not complete in time or tells another amount leaves the payment in doubt, never
 * declined: only {@link Outcome#notExecuted} says that nothing was done. Must be thread-safe.
 */
public interface Processor extends ProcessorTraits {
    /**
     * Does it. Called once for an attempt; again, with the same key, only when {@link Capabilities#isIdempotent} is
     * vouched for, and then {@link Outcome#notExecuted} settles nothing, since it speaks of one call alone.
     */
    CompletionStage<Outcome> process(Payment payment, Attempt attempt);

    /**
     * Says what became of an attempt that is in doubt; {@link Outcome#notSupported} is a choice that people can see. The
     * outcome is that of the attempt, never of this call: that nobody can be reached now is {@link Outcome#unknown}.
     */
    CompletionStage<Outcome> inquire(Payment payment, Attempt attempt);

    /**
     * Undoes an attempt that is in doubt, or makes sure that it is never done. Repeated until {@link Outcome#reversed}
     * acknowledges it, or the attempt proves never to have been executed. The outcome is that of the attempt, never of
     * this call: that a reversal is refused, or cannot be sent, is {@link Outcome#unknown}.
     */
    default CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
        return CompletableFuture.completedFuture(Outcome.notSupported());
    }
}
