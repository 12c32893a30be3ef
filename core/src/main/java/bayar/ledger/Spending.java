package bayar.ledger;

import bayar.BayarException;
import bayar.Reason;
import java.time.Duration;

/**
 * An account's limits, and what has been counted against them; nothing is counted where there are none.
 *
 * @param limits the limits
 * @param day the day of UTC that {@code dayMinor} is of, counted from 1970
 * @param dayMinor what was taken on that day, in minor units
 * @param windowStartMillis when the last window began, in milliseconds since 1970 UTC
 * @param windowCount how many payments there were in it
 */
public record Spending(Limits limits, long day, long dayMinor, long windowStartMillis, int windowCount) {
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    /** Nothing is limited, and nothing counted. */
    public static final Spending UNLIMITED = of(Limits.NONE);

    /** @throws BayarException if a count is negative */
    public Spending {
        if (dayMinor < 0 || windowCount < 0) {
            throw new BayarException(
                    "spending cannot be negative: " + dayMinor + " today, " + windowCount + " payments in the window");
        }
    }

    /** Limits against which nothing has been counted. */
    public static Spending of(Limits limits) {
        return new Spending(limits, 0, 0, 0, 0);
    }

    /**
     * The same, counted against other limits from now on. Where there were none, what is held counts as taken today, since
     * it may be given back today.
     */
    Spending withLimits(Limits newLimits, long heldMinor, long timeMillis) {
        if (newLimits.equals(Limits.NONE)) {
            return UNLIMITED;
        }
        if (limits.equals(Limits.NONE)) {
            return new Spending(newLimits, timeMillis / DAY_MILLIS, heldMinor, 0, 0);
        }
        return new Spending(newLimits, day, dayMinor, windowStartMillis, windowCount);
    }

    /** What the limits say to another payment; {@link Reason#APPROVED} when they allow it. */
    Reason judge(long minor, long timeMillis) {
        if (minor > limits.perPaymentMinor()) {
            return Reason.LIMIT_PER_PAYMENT;
        }
        long today = isToday(timeMillis) ? dayMinor : 0;
        int count = isInWindow(timeMillis) ? windowCount : 0;
        boolean isTooMuch = minor > limits.perDayMinor() - today || count >= limits.perWindowCount();
        return isTooMuch ? Reason.LIMIT_VELOCITY : Reason.APPROVED;
    }

    /** This, after another payment that the limits {@linkplain #judge allow}. */
    Spending plus(long minor, long timeMillis) {
        if (limits.equals(Limits.NONE)) {
            return this;
        }
        boolean isInWindow = isInWindow(timeMillis);
        return new Spending(
                limits,
                timeMillis / DAY_MILLIS,
                (isToday(timeMillis) ? dayMinor : 0) + minor,
                isInWindow ? windowStartMillis : timeMillis,
                (isInWindow ? windowCount : 0) + 1);
    }

    /** This, after an amount that was counted at {@code countedMillis} was given up. */
    Spending minus(long minor, long countedMillis) {
        return isToday(countedMillis) && !limits.equals(Limits.NONE)
                ? new Spending(limits, day, dayMinor - minor, windowStartMillis, windowCount)
                : this;
    }

    /** This, after a payment that was counted at {@code countedMillis} proved not to be one. */
    Spending minusOne(long countedMillis) {
        if (windowCount == 0 || !isInWindow(countedMillis)) {
            return this;
        }
        return new Spending(limits, day, dayMinor, windowStartMillis, windowCount - 1);
    }

    private boolean isToday(long timeMillis) {
        return timeMillis / DAY_MILLIS == day;
    }

    private boolean isInWindow(long timeMillis) {
        return timeMillis >= windowStartMillis
                && timeMillis - windowStartMillis < limits.window().toMillis();
    }
}
