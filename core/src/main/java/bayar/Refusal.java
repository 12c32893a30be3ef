package bayar;

import org.jspecify.annotations.Nullable;

/**
 * Why a request is refused before anything is recorded.
 *
 * @param reason one whose status is {@link Status#REJECTED} or {@link Status#BUSY}
 * @param field the field of the message that is to blame, or null when none is
 * @param message for people: what is wrong and how to mend it; no secret, at most one sentence or two
 */
public record Refusal(Reason reason, @Nullable String field, String message) {

    /** @throws BayarException if a request refused for this {@code reason} would be recorded */
    public Refusal {
        if (reason.status().isRecorded()) {
            throw new BayarException("a refusal cannot be for " + reason + ", which is " + reason.status()
                    + "; choose a reason whose status is REJECTED, such as NOT_PERMITTED");
        }
    }

    /** A refusal with the reason's own sentence, blaming no field. */
    public static Refusal of(Reason reason) {
        return new Refusal(reason, null, reason.sentence());
    }

    /** A {@link Reason#FORMAT_ERROR} that blames {@code field}. */
    public static Refusal malformed(@Nullable String field, String message) {
        return new Refusal(Reason.FORMAT_ERROR, field, message);
    }
}
