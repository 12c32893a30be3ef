package bayar.ledger;

import bayar.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something told about a payment that a processor does.
 *
 * @param source who told it
 * @param outcome what was told
 * @param finalityWindow how long after the payment came to be in doubt "not found" is no evidence yet; 0 or more
 * @param askedMillis when the call began that was answered so, in milliseconds since 1970 UTC: "not found" says how things
 *     stood then, however late it comes; {@link Long#MAX_VALUE} where nobody had to ask
 * @param operator the name of the operator who told it, else null
 */
public record Evidence(
        Source source,
        Outcome outcome,
        Duration finalityWindow,
        long askedMillis,
        @Nullable String operator) {
    /** Told by the processor or the engine at this moment. */
    public static Evidence of(Source source, Outcome outcome, Duration finalityWindow) {
        return new Evidence(source, outcome, finalityWindow, Long.MAX_VALUE, null);
    }

    /** This evidence, as the answer to a call that began then. */
    public Evidence askedAt(long millis) {
        return new Evidence(source, outcome, finalityWindow, millis, operator);
    }

    /** Told by an operator, whose reason is the outcome's note. */
    public static Evidence ofOperator(String operator, Outcome outcome) {
        return new Evidence(Source.OPERATOR, outcome, Duration.ZERO, Long.MAX_VALUE, operator);
    }
}
