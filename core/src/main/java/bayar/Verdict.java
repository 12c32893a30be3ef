package bayar;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Verifier} decided.
 *
 * @param refusal why not, or null when the request may go on
 */
public record Verdict(@Nullable Refusal refusal) {
    private static final Verdict ACCEPT = new Verdict(null);

    /** The request may go on. */
    public static Verdict accept() {
        return ACCEPT;
    }

    /** The request is refused as {@link Reason#NOT_PERMITTED}, with this message for people. */
    public static Verdict refuse(String message) {
        return new Verdict(new Refusal(Reason.NOT_PERMITTED, null, message));
    }

    /** The request is refused as {@link Reason#NOT_PERMITTED} for the value of {@code field}. */
    public static Verdict refuse(String field, String message) {
        return new Verdict(new Refusal(Reason.NOT_PERMITTED, field, message));
    }
}
