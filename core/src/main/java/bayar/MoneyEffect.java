package bayar;

import java.util.Locale;

/** What an answer says about the money. */
public enum MoneyEffect {
    /** It was posted. */
    MOVED,
    /** It is held on the payer's account. */
    HELD,
    /** It stayed where it was. */
    NOT_MOVED,
    /** It may have moved; the answer is not final. */
    UNKNOWN;

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The word for it in messages, in lower case. */
    public String code() {
        return code;
    }
}
