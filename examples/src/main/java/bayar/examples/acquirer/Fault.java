package bayar.examples.acquirer;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes wrong with some of the calls.
 *
 * @param on the calls that it is for; null for payments
 * @param percent with how many of 100 calls; null for all
 * @param times with how many calls at most; null for no end
 * @param millis how long a delay is; 0 for other faults
 */
record Fault(
        Kind kind,
        @Nullable Call on,
        @Nullable Integer percent,
        @Nullable Integer times,
        int millis) {
    private static final int MAX_MILLIS = 600_000;

    /** The calls that faults may be for. */
    enum Call {
        @JsonProperty("payment")
        PAYMENT,
        @JsonProperty("inquiry")
        INQUIRY,
        @JsonProperty("reversal")
        REVERSAL
    }

    /** What goes wrong. "Before" means that nothing is done, "after" that it is done all the same. */
    enum Kind {
        /** There is never an answer. */
        @JsonProperty("hang_before")
        HANG_BEFORE,
        @JsonProperty("hang_after")
        HANG_AFTER,
        /** The connection is closed without an answer. */
        @JsonProperty("drop_before")
        DROP_BEFORE,
        @JsonProperty("drop_after")
        DROP_AFTER,
        /** The answer is 500. */
        @JsonProperty("error_before")
        ERROR_BEFORE,
        @JsonProperty("error_after")
        ERROR_AFTER,
        /** It is done late, and answered then. */
        @JsonProperty("delay_before")
        DELAY_BEFORE,
        /** It is done at once, and answered late. */
        @JsonProperty("delay_after")
        DELAY_AFTER,
        /** It is done, but the answer tells one minor unit more. */
        @JsonProperty("wrong_amount")
        WRONG_AMOUNT;

        boolean isBefore() {
            return this == HANG_BEFORE || this == DROP_BEFORE || this == ERROR_BEFORE;
        }
    }

    /** @throws IllegalArgumentException if it is not such a fault */
    Fault {
        boolean isDelay = kind == Kind.DELAY_BEFORE || kind == Kind.DELAY_AFTER;
        require(kind != null, "kind");
        require(percent == null || percent >= 0 && percent <= 100, "percent");
        require(times == null || times >= 0, "times");
        require(isDelay ? millis >= 1 && millis <= MAX_MILLIS : millis == 0, "millis");
    }

    /**
     * All that goes wrong from now on: the body of {@code POST /faults}. Of those that are for a call, the first whose
     * throw of the dice comes out meets it.
     *
     * @param seed repeats a mix; null for another one each time
     */
    record Mix(@Nullable Long seed, List<Fault> faults) {
        private static final int MAX_FAULTS = 100;

        /** @throws IllegalArgumentException if there are too many, or none are named */
        Mix {
            require(faults != null && faults.size() <= MAX_FAULTS, "faults");
            faults = List.copyOf(faults);
        }
    }

    private static void require(boolean isSo, String field) {
        if (!isSo) {
            throw new IllegalArgumentException("the field " + field + " is missing or wrong");
        }
    }
}
