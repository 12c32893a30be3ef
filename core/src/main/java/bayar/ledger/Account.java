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
 * @param floor what {@code posted - held} never goes below, in minor units; {@link Long#MIN_VALUE} for no floor
 */
public record Account(AccountId id, Currency currency, long posted, long held, long floor) {

    /** @throws BayarException if less is available than the floor, or the held amount is negative */
    public Account {
        if (held < 0 || (floor != Long.MIN_VALUE && Math.subtractExact(posted, held) < floor)) {
            throw new BayarException("account " + id + " would break its bounds: posted " + posted + ", held " + held
                    + ", floor " + floor);
        }
    }

    /** What can be debited before the floor is reached, in minor units; without a floor, all there is room for. */
    public long debitable() {
        return floor == Long.MIN_VALUE
                ? saturatingSubtract(posted, Long.MIN_VALUE + 1)
                : saturatingSubtract(posted - held, floor);
    }

    /** What can be credited before the balance overflows, in minor units. */
    public long creditable() {
        return saturatingSubtract(Long.MAX_VALUE, posted);
    }

    /** This account with {@code minor} more (or, when negative, less) on it. */
    public Account plusPosted(long minor) {
        return new Account(id, currency, Math.addExact(posted, minor), held, floor);
    }

    private static long saturatingSubtract(long a, long b) {
        long difference = a - b;
        boolean overflowed = ((a ^ b) & (a ^ difference)) < 0;
        return overflowed ? Long.MAX_VALUE : difference;
    }
}
