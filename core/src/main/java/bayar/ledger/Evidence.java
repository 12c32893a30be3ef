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
 * @param askedMillis when it was asked for, in milliseconds since 1970 UTC: what was not there then may have arrived before
 *     the answer did; {@link Long#MAX_VALUE} for what is told at this moment
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

    /** Told by an operator, whose reason is the outcome's note. */
    public static Evidence ofOperator(String operator, Outcome outcome) {
        return new Evidence(Source.OPERATOR, outcome, Duration.ZERO, Long.MAX_VALUE, operator);
    }

    /** The same, as the answer to what was asked at this time. */
    public Evidence askedAt(long millis) {
        return new Evidence(source, outcome, finalityWindow, millis, operator);
    }
}
