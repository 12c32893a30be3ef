package bayar;

import java.time.Duration;

/**
 * What a {@link Processor} vouches for; the engine relies on nothing else. Put together from {@link #NONE}:
 *
 * <pre>{@code Capabilities.NONE.inquirable(Duration.ofMinutes(5)).reversible()}</pre>
 *
 * @param isInquirable an inquiry gives evidence
 * @param finalityWindow how long after a call has ended without a clear answer "not found" is no evidence yet, since the
 *     call may still arrive; 0 or more
 * @param isReversible a reversal undoes the attempt, or makes sure that it is never done, and can be repeated
 * @param isIdempotent the same attempt key is executed once, however often and however late it is sent
 */
public record Capabilities(boolean isInquirable, Duration finalityWindow, boolean isReversible, boolean isIdempotent) {

    /** Vouches for nothing: what is in doubt waits for an operator, or a notification. */
    public static final Capabilities NONE = new Capabilities(false, Duration.ZERO, false, false);

    /** @throws BayarException if the finality window is negative */
    public Capabilities {
        if (finalityWindow.isNegative()) {
            throw new BayarException("the finality window " + finalityWindow + " is negative");
        }
    }

    /** These capabilities, and an inquiry that gives evidence. */
    public Capabilities inquirable(Duration newFinalityWindow) {
        return new Capabilities(true, newFinalityWindow, isReversible, isIdempotent);
    }

    /** These capabilities, and reversals. */
    public Capabilities reversible() {
        return new Capabilities(isInquirable, finalityWindow, true, isIdempotent);
    }

    /** These capabilities, and one execution for each attempt key. */
    public Capabilities idempotent() {
        return new Capabilities(isInquirable, finalityWindow, isReversible, true);
    }
}
