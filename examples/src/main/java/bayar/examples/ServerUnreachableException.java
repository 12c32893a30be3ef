package bayar.examples;

import bayar.BayarException;

/** Nobody answered, so the outcome is not known. */
final class ServerUnreachableException extends BayarException {
    private static final long serialVersionUID = 1L;

    ServerUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
