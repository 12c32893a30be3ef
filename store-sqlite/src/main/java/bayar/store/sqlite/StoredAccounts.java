package bayar.store.sqlite;

import bayar.AccountId;
import bayar.ledger.Account;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The accounts that were used lately, as they were committed last.
 *
 * <p>In two generations: what is found in the older one moves to the younger, and when that is full, it becomes the older
 * one and what is left there is forgotten, but for what is not folded. In front of both stands a table with one place for
 * each hash: a batch looks for each of its accounts several times, and a map costs more steps through memory. The table
 * grows with what is kept, and no further, so that few accounts lie close together.
 */
final class StoredAccounts {
    /** One account. */
    static final class Stored {
        private final AccountId id;
        private final long number;
        private Account account;
        private boolean isUnfolded;

        Stored(long number, Account account) {
            this.id = account.id();
            this.number = number;
            this.account = account;
        }

        AccountId id() {
            return id;
        }

        long number() {
            return number;
        }

        Account account() {
            return account;
        }

        void account(Account newAccount) {
            account = newAccount;
        }

        /** Whether what is in the table {@code balance} is not the last of it, so that it must not be forgotten. */
        boolean isUnfolded() {
            return isUnfolded;
        }

        void isUnfolded(boolean unfolded) {
            isUnfolded = unfolded;
        }
    }

    /** 2<sup>32</sup> over the golden ratio. */
    private static final int SPREAD = 0x9e3779b9;

    private final int generationSize;
    private @Nullable Stored[] front;
    private Map<AccountId, Stored> younger = new HashMap<>();
    private Map<AccountId, Stored> older = new HashMap<>();

    /**
     * @param generationSize how many accounts are kept at least; twice as many at most, and what is not folded
     * @param frontSize how many places the table in front has at first, a power of two
     */
    StoredAccounts(int generationSize, int frontSize) {
        this.generationSize = generationSize;
        this.front = new @Nullable Stored[frontSize];
    }

    /** The one that stands in front where this one would, which may be another. */
    @Nullable
    Stored inFront(AccountId id) {
        return front[place(id)];
    }

    @Nullable
    Stored get(AccountId id) {
        Stored stored = front[place(id)];
        if (stored != null && stored.id.equals(id)) {
            return stored;
        }
        stored = younger.get(id);
        if (stored == null) {
            stored = older.remove(id);
            if (stored == null) {
                return null;
            }
            put(stored);
        }
        front[place(id)] = stored;
        return stored;
    }

    void put(Stored stored) {
        if (younger.size() >= generationSize) {
            Map<AccountId, Stored> forgotten = older;
            older = younger;
            younger = new HashMap<>();
            // What was forgotten must not be found there, and be changed, and be read from the file once it has left
            // it.
            Arrays.fill(front, null);
            for (Stored old : forgotten.values()) {
                if (old.isUnfolded) {
                    younger.put(old.id, old);
                }
            }
        }
        younger.put(stored.id, stored);
        if (younger.size() > front.length) {
            // It fills again as accounts are asked for.
            front = new @Nullable Stored[2 * front.length];
        }
    }

    /** The hashes of names that differ in a few digits lie close together, and would fall on few places. */
    private int place(AccountId id) {
        return id.hashCode() * SPREAD >>> Integer.numberOfLeadingZeros(front.length) + 1;
    }
}
