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
 * @param operator the name of the operator who told it, else null
 */
public record Evidence(
        Source source,
        Outcome outcome,
        Duration finalityWindow,
        @Nullable String operator) {
    /** Told by the processor or the engine. */
    public static Evidence of(Source source, Outcome outcome, Duration finalityWindow) {
        return new Evidence(source, outcome, finalityWindow, null);
    }

    /** Told by an operator, whose reason is the outcome's note. */
    public static Evidence ofOperator(String operator, Outcome outcome) {
        return new Evidence(Source.OPERATOR, outcome, Duration.ZERO, operator);
    }
}
