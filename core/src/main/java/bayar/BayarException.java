package bayar;

/**
 * A promise that was broken, or a configuration that cannot work: the root of every exception that Bayar throws by
 * itself. What can be expected of a request (a refusal, a decline) is a value, never an exception.
 */
public class BayarException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, with the value at fault, and what to do about it */
    public BayarException(String message) {
        super(message);
    }

    /**
     * @param message what is wrong, with the value at fault, and what to do about it
     * @param cause what brought it to light
     */
    public BayarException(String message, Throwable cause) {
        super(message, cause);
    }
}
