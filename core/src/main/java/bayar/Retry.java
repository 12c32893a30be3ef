package bayar;

import java.util.Locale;

/** What a client may do next. */
public enum Retry {
    /** Nothing more: this is the outcome. */
    NEVER,
    /** Send the same request with the same id. */
    SAME_ID,
    /** Mend the cause, then send a new request with a new id. */
    NEW_ID;

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The word for it in messages, in lower case. */
    public String code() {
        return code;
    }
}
