package bayar.ledger;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;

/**
 * An account to be opened.
 *
 * @param id its name
 * @param opening what is on it at first, 0 or more; the account {@code bayar:opening:} of the currency is debited for it
 * @param floor what its balance never goes below, in minor units, at most {@code opening}; {@link Long#MIN_VALUE} for no
 *     floor
 * @param limits what may be taken from it, besides what is on it
 */
public record NewAccount(AccountId id, Money opening, long floor, Limits limits) {
    /** The largest opening balance, in minor units. */
    public static final long MAX_OPENING_MINOR = 999_999_999_999_999L;

    /** @throws BayarException if the name is reserved, the opening balance is out of bounds or below the floor */
    public NewAccount {
        if (id.isReserved()) {
            throw new BayarException("account " + id + " is kept for the engine; choose a name without \"bayar:\"");
        }
        if (opening.minor() < 0 || opening.minor() > MAX_OPENING_MINOR) {
            throw new BayarException("account " + id + ": opening " + opening.minor() + " is not 0 to "
                    + MAX_OPENING_MINOR + " minor units");
        }
        if (floor > opening.minor()) {
            throw new BayarException("account " + id + ": opening " + opening.minor() + " is below the floor " + floor);
        }
    }

    /** An account without limits. */
    public NewAccount(AccountId id, Money opening, long floor) {
        this(id, opening, floor, Limits.NONE);
    }

    /** An account that is never overdrawn. */
    public static NewAccount of(String id, Money opening) {
        return new NewAccount(AccountId.of(id), opening, 0);
    }
}
