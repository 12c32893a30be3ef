package bayar.engine;

import bayar.Refusal;
import bayar.ledger.Ledger;

/**
 * One thing for the committer to do: decided in its turn, and answered when its batch is durable. Exactly one of {@link
 * #answer}, {@link #refuse} and {@link #doubt} is called, once.
 */
interface Command {
    /** How large it is, in bytes of the message it came in, so that a batch is bounded. */
    int weightBytes();

    /** Decides it in the ledger and keeps the result. */
    void decide(Ledger ledger, long nowMillis);

    /** The batch is durable: gives the result to whoever waits for it. */
    void answer(AnswerGroup group);

    /** Nothing was recorded, and nothing will be. */
    void refuse(Refusal refusal, AnswerGroup group);

    /** The store failed while it was being written; nobody knows yet whether it was. */
    void doubt(AnswerGroup group);
}
