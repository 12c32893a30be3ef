package bayar.engine;

import bayar.Refusal;
import bayar.ledger.Ledger;
import org.jspecify.annotations.Nullable;

/**
 * One thing for the committer to do: decided in its turn, and answered when its batch is durable. Exactly one of {@link
 * #answer}, {@link #refuse} and {@link #doubt} is called, once.
 */
abstract class Command {
    /** Links those that wait in a {@link CommandQueue}. */
    @Nullable
    Command next;

    /** How large it is, in bytes of the message it came in, so that a batch is bounded. */
    abstract int weightBytes();

    /** Tells the ledger that it is decided soon. */
    void expect(Ledger ledger) {}

    /** Decides it in the ledger and keeps the result. */
    abstract void decide(Ledger ledger, long nowMillis);

    /** The batch is durable: gives the result to whoever waits for it. */
    abstract void answer(AnswerGroup group);

    /** Nothing was recorded, and nothing will be. */
    abstract void refuse(Refusal refusal, AnswerGroup group);

    /** The store failed while it was being written; nobody knows yet whether it was. */
    abstract void doubt(AnswerGroup group);
}
