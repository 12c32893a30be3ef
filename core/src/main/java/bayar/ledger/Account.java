package bayar.ledger;

import bayar.AccountId;
import bayar.BayarException;
import java.util.Currency;

/**
 * An account as it stands after some commit.
 *
 * @param id its name
 * @param currency its one currency
 * @param posted what is on it, in minor units
 * @param held how much of that is held for payments that are open, in minor units, 0 or more
 * @param floor what {@code posted - held} never goes below, in minor units; {@link Long#MIN_VALUE} for no floor but the
 *     end of what can be counted
 * @param spending its limits, and what has been counted against them
 */
public record Account(AccountId id, Currency currency, long posted, long held, long floor, Spending spending) {

    /** An account without limits. */
    public Account(AccountId id, Currency currency, long posted, long held, long floor) {
        this(id, currency, posted, held, floor, Spending.UNLIMITED);
    }

    /** @throws BayarException if less is available than the floor, or the held amount is negative */
    public Account {
        long lowest = lowest(floor);
        if (held < 0 || posted < lowest || held > saturatingSubtract(posted, lowest)) {
            throw new BayarException("account " + id + " would break its bounds: posted " + posted + ", held " + held
                    + ", floor " + floor);
        }
    }

    /** What can be debited before the floor is reached, in minor units; without a floor, all there is room for. */
    public long debitable() {
        return saturatingSubtract(posted - held, lowest(floor));
    }

    /** What more can be held before the held amount overflows, in minor units; whether it is there is another question. */
    long holdable() {
        return Long.MAX_VALUE - held;
    }

    /** What can be credited before the balance overflows, in minor units. */
    public long creditable() {
        return saturatingSubtract(Long.MAX_VALUE, posted);
    }

    /** This account with {@code minor} more (or, when negative, less) on it. */
    public Account plusPosted(long minor) {
        return new Account(id, currency, Math.addExact(posted, minor), held, floor, spending);
    }

    /** This account with {@code minor} more (or, when negative, less) held of what is on it. */
    public Account plusHeld(long minor) {
        return new Account(id, currency, posted, Math.addExact(held, minor), floor, spending);
    }

    /** This account, with this counted against its limits. */
    Account withSpending(Spending newSpending) {
        return newSpending == spending ? this : new Account(id, currency, posted, held, floor, newSpending);
    }

    private static long lowest(long floor) {
        return Math.max(floor, Long.MIN_VALUE + 1);
    }

    private static long saturatingSubtract(long a, long b) {
        long difference = a - b;
        boolean overflowed = ((a ^ b) & (a ^ difference)) < 0;
        return overflowed ? Long.MAX_VALUE : difference;
    }
}
