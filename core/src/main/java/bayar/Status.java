package bayar;

import java.util.Locale;

/** What became of a request. */
public enum Status {
    /** Refused before anything was recorded; the same id may be sent again. */
    BUSY,
    /** Malformed, not authentic, stale or not permitted; nothing was recorded and the id is unused. */
    REJECTED,
    /** Recorded, and the processor has been or may have been called. */
    PENDING,
    /** What happened outside is not known yet; a hold stays. */
    IN_DOUBT,
    /** Done. Final. */
    APPROVED,
    /** A business no, recorded. Final. */
    DECLINED,
    /** Proven not executed. Final. */
    FAILED,
    /** Was in doubt, then undone and acknowledged. Final. */
    REVERSED;

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The word for it in messages, in lower case. */
    public String code() {
        return code;
    }

    /** Whether a record of this request is kept, so that its id is used. */
    public boolean isRecorded() {
        return this != BUSY && this != REJECTED;
    }

    /** Whether this answer never changes any more. */
    public boolean isFinal() {
        return this == APPROVED || this == DECLINED || this == FAILED || this == REVERSED;
    }
}
