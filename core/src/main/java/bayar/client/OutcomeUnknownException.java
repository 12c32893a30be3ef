package bayar.client;

import bayar.BayarException;
import bayar.Receipt;
import org.jspecify.annotations.Nullable;

/**
 * A request was given up before its outcome was known: it may have been done, and may yet be. Only sending the same
 * request with the same id again tells, and does no harm.
 */
public final class OutcomeUnknownException extends BayarException {
    private static final long serialVersionUID = 1L;

    private final String id;
    private final transient @Nullable Receipt lastReceipt;

    OutcomeUnknownException(String id, String why, @Nullable Receipt lastReceipt, @Nullable Throwable cause) {
        super("the outcome of request \"" + id + "\" is not known: " + why
                + "; keep the id and send the same request again with it");
        if (cause != null) {
            initCause(cause);
        }
        this.id = id;
        this.lastReceipt = lastReceipt;
    }

    /** The request's id, to be used again. */
    public String id() {
        return id;
    }

    /** The last answer that there was, which did not settle it; null when there was none, or after serialization. */
    public @Nullable Receipt lastReceipt() {
        return lastReceipt;
    }
}
