package bayar;

/** A notification is not authentic, not understood, or about no payment of this ledger; it was ignored. */
public class NotificationException extends BayarException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong with it, without secrets */
    public NotificationException(String message) {
        super(message);
    }
}
