package bayar;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says of a payment that the engine cannot settle by itself. Kept on the record, with name and reason.
 *
 * @param principal whose payment it is
 * @param id its id
 * @param decision what became, or is to become, of it
 * @param amount how much was approved, or null for all of it; null for any other decision
 * @param operator who says so: 1 to 64 characters
 * @param because how they know, such as what the acquirer's statement says: 1 to 200 characters, no secrets
 */
public record Resolution(
        String principal,
        String id,
        Decision decision,
        @Nullable Money amount,
        String operator,
        String because) {

    private static final int MAX_OPERATOR = 64;

    /** What an operator can say. */
    public enum Decision {
        /** It was done. */
        APPROVED,
        /** It was refused, and not done. */
        DECLINED,
        /** It was not executed and never will be. */
        NOT_EXECUTED,
        /** It is to be undone; the processor is told to until it acknowledges. */
        REVERSE,
        /** The anomaly was looked into, and needs no more attention. */
        ACKNOWLEDGE;

        private static final Map<String, Decision> BY_CODE =
                Stream.of(values()).collect(Collectors.toUnmodifiableMap(Decision::code, Function.identity()));

        private final String code = name().toLowerCase(Locale.ROOT);

        /** The word for it on the command line, in lower case. */
        public String code() {
            return code;
        }

        /** The decision with this code, or null when there is none. */
        public static @Nullable Decision ofCode(String code) {
            return BY_CODE.get(code);
        }
    }

    /** @throws BayarException if the operator or the reason is missing or too long, or an amount stands where none may */
    public Resolution {
        if (operator.isBlank() || operator.length() > MAX_OPERATOR) {
            throw new BayarException("operator must be 1 to " + MAX_OPERATOR + " characters: who says so");
        }
        if (because.isBlank() || because.length() > Outcome.MAX_NOTE) {
            throw new BayarException("because must be 1 to " + Outcome.MAX_NOTE + " characters: how they know");
        }
        if (hasControlCharacters(operator) || hasControlCharacters(because)) {
            throw new BayarException("operator and because must have no line feeds or other control characters");
        }
        if (amount != null && decision != Decision.APPROVED) {
            throw new BayarException("only what is approved has an amount");
        }
    }

    private static boolean hasControlCharacters(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    /** What an operator says of a payment, about all of its amount. */
    public static Resolution of(String principal, String id, Decision decision, String operator, String because) {
        return new Resolution(principal, id, decision, null, operator, because);
    }
}
