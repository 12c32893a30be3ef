package bayar.store;

import bayar.BayarException;

/** A store cannot keep its promise: the disk is full, a write failed, or what is there is not what was written. */
public class StoreException extends BayarException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong and where, and what to do about it */
    public StoreException(String message) {
        super(message);
    }

    /**
     * @param message what is wrong and where, and what to do about it
     * @param cause what brought it to light
     */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
