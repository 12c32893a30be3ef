package bayar.examples;

import bayar.Receipt;
import bayar.Status;

/** What the commands tell the shell. */
final class ExitCode {
    /** Done; for a payment: approved. */
    static final int OK = 0;
    /** Declined or rejected; for other commands: it failed, and standard error says why. */
    static final int NO = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** Not known: in doubt, busy to the end, or nobody answered. Send the same id again. */
    static final int UNKNOWN = 3;

    static int of(Receipt receipt) {
        Status status = receipt.status();
        return switch (status) {
            case APPROVED -> OK;
            case DECLINED, REJECTED, FAILED, REVERSED -> NO;
            case BUSY, PENDING, IN_DOUBT -> UNKNOWN;
        };
    }

    private ExitCode() {}
}
