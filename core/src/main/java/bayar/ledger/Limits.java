package bayar.ledger;

import bayar.BayarException;
import java.time.Duration;

/**
 * What may be taken from an account, besides what is on it. Counts what an authorization, a sale or a transfer debits
 * from the moment the ledger takes it on, so also what is held, pending or in doubt.
 *
 * @param perPaymentMinor the most in one payment, in minor units, 1 or more; {@link Long#MAX_VALUE} for no limit
 * @param perDayMinor the most in one day of UTC, in minor units, 1 or more; {@link Long#MAX_VALUE} for no limit
 * @param perWindowCount the most payments in one window of time, 1 or more; {@link Integer#MAX_VALUE} for no limit
 * @param window how long such a window is, from its first payment: whole milliseconds, 1 ms to 366 days
 */
public record Limits(long perPaymentMinor, long perDayMinor, int perWindowCount, Duration window) {
    private static final Duration MAX_WINDOW = Duration.ofDays(366);

    /** No limits at all. */
    public static final Limits NONE = new Limits(Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, Duration.ofDays(1));

    /** @throws BayarException if a limit is out of bounds */
    public Limits {
        if (perPaymentMinor < 1 || perDayMinor < 1 || perWindowCount < 1) {
            throw new BayarException("a limit must be 1 or more: per payment " + perPaymentMinor + ", per day "
                    + perDayMinor + ", per window " + perWindowCount);
        }
        if (window.compareTo(Duration.ofMillis(1)) < 0
                || window.compareTo(MAX_WINDOW) > 0
                || !window.equals(Duration.ofMillis(window.toMillis()))) {
            throw new BayarException("a limit's window must be whole milliseconds, 1 ms to " + MAX_WINDOW.toDays()
                    + " days, not " + window);
        }
    }

    /** These limits, with at most this many minor units in one payment. */
    public Limits perPayment(long minor) {
        return new Limits(minor, perDayMinor, perWindowCount, window);
    }

    /** These limits, with at most this many minor units in one day of UTC. */
    public Limits perDay(long minor) {
        return new Limits(perPaymentMinor, minor, perWindowCount, window);
    }

    /** These limits, with at most this many payments in such a window, which begins with its first payment. */
    public Limits perWindow(int count, Duration newWindow) {
        return new Limits(perPaymentMinor, perDayMinor, count, newWindow);
    }
}
