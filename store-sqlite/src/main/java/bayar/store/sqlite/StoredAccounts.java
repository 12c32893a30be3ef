package bayar.store.sqlite;

import bayar.AccountId;
import bayar.ledger.Account;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The accounts that were used lately, as they were committed last.
 *
 * <p>In two generations: what is found in the older one moves to the younger, and when that is full, it becomes the older
 * one and what is left there is forgotten. So what is in use stays, and a look-up changes nothing but then.
 */
final class StoredAccounts {
    /** One account. */
    static final class Stored {
        private final long number;
        private Account account;

        Stored(long number, Account account) {
            this.number = number;
            this.account = account;
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
    }

    private final int generationSize;
    private Map<AccountId, Stored> younger = new HashMap<>();
    private Map<AccountId, Stored> older = new HashMap<>();

    /** @param generationSize how many accounts are kept at least; twice as many at most */
    StoredAccounts(int generationSize) {
        this.generationSize = generationSize;
    }

    @Nullable
    Stored get(AccountId id) {
        Stored stored = younger.get(id);
        if (stored == null && !older.isEmpty()) {
            stored = older.remove(id);
            if (stored != null) {
                put(stored);
            }
        }
        return stored;
    }

    void put(Stored stored) {
        if (younger.size() >= generationSize) {
            older = younger;
            younger = new HashMap<>();
        }
        younger.put(stored.account().id(), stored);
    }
}
