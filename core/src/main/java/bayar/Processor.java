package bayar;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Does a payment in the outside world (a bank, a card acquirer), says what happened, and can be asked again.
 *
 * <p>The shape is fixed here; an engine of this version runs payments inside its ledger only, and answers a request for
 * any other {@code method} with {@link Reason#METHOD_UNKNOWN}.
 *
 * <p>Called after the intent is durable, never on the committer's thread. A stage that fails, times out, is null or
 * tells another amount leaves the payment in doubt, never declined. Must be thread-safe.
 */
public interface Processor {
    /** Does it; the stage tells what happened. */
    CompletionStage<Outcome> process(PaymentRequest payment, Attempt attempt);

    /** Says what became of an attempt; {@link Outcome#notSupported()} is a choice that people can see. */
    CompletionStage<Outcome> inquire(PaymentRequest payment, Attempt attempt);

    /** What the engine may rely on; by default nothing. */
    default Capabilities capabilities() {
        return Capabilities.NONE;
    }

    /**
     * One try at doing a payment outside.
     *
     * @param key the key to send along, the same for every repetition of this attempt
     * @param number from 1
     */
    record Attempt(String key, int number) {}

    /**
     * What an integrator vouches for.
     *
     * @param idempotent the same attempt key executes once, however often it is sent
     * @param inquirable {@link Processor#inquire} gives evidence
     * @param finalityWindow how long after an attempt "not found" is no evidence yet
     */
    record Capabilities(boolean idempotent, boolean inquirable, Duration finalityWindow) {
        /** Neither idempotent nor inquirable. */
        public static final Capabilities NONE = new Capabilities(false, false, Duration.ofDays(1));
    }

    /**
     * What a processor says happened.
     *
     * @param kind what kind of answer this is
     * @param reason the reason to give the client
     * @param amount the amount that was executed, or null when none was
     */
    record Outcome(Kind kind, Reason reason, @Nullable Money amount) {
        /** What kinds of answer there are. */
        public enum Kind {
            /** Done. */
            APPROVED,
            /** A business no. */
            DECLINED,
            /** Proven not executed. */
            NOT_EXECUTED,
            /** Not known, or not supported. */
            UNKNOWN
        }

        /** Done, for this amount. */
        public static Outcome approved(Money amount) {
            return new Outcome(Kind.APPROVED, Reason.APPROVED, amount);
        }

        /** A business no, for this reason. */
        public static Outcome declined(Reason reason) {
            return new Outcome(Kind.DECLINED, reason, null);
        }

        /** This processor cannot be asked. */
        public static Outcome notSupported() {
            return new Outcome(Kind.UNKNOWN, Reason.PROCESSOR_ERROR, null);
        }
    }
}
