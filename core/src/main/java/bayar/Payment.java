package bayar;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A payment as a {@link Processor} sees it: decided on by the ledger, durable, and to be done outside.
 *
 * @param sequence its place in the ledger's one order, from 1
 * @param time when the ledger took it on
 * @param principal whose payment it is
 * @param request what was asked for; its {@code type} says what is to be done: {@code authorize}, {@code sale}, {@code
 *     capture}, {@code void} or {@code refund}
 * @param amount how much; for a {@code void} what is still held and to be released
 * @param debited the account that the money comes from
 * @param credited the account that the money goes to
 * @param original the earlier payment that this one acts on, or null when it acts on none
 */
public record Payment(
        long sequence,
        Instant time,
        String principal,
        PaymentRequest request,
        Money amount,
        AccountId debited,
        AccountId credited,
        @Nullable Original original) {

    /** What is to be done. */
    public Operation type() {
        return request.type();
    }

    /**
     * An earlier payment, as the outside world knows it.
     *
     * @param attempt the attempt that did it
     * @param reference what the processor called it in its {@link Outcome#reference()}, or null when it gave no name
     */
    public record Original(Attempt attempt, @Nullable String reference) {}
}
