package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.ledger.Account;
import bayar.store.sqlite.StoredAccounts.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StoredAccountsTest {
    /** "Aa" and "BB" have the same hash, and so the same place. */
    @Test
    void accountsOfTheSameHashAreToldApart() {
        StoredAccounts accounts = new StoredAccounts(10, 4);
        Stored first = new Stored(1, account("Aa", 1));
        Stored second = new Stored(2, account("BB", 2));
        accounts.put(first);
        accounts.put(second);
        for (int i = 0; i < 2; i++) {
            assertSame(first, accounts.get(AccountId.of("Aa")));
            assertSame(second, accounts.get(AccountId.of("BB")));
        }
        assertNull(accounts.get(AccountId.of("none")));
    }

    /** A file of balances beside it, which are read when an account is not in memory, and written now and then. */
    @Test
    void whatIsNotFoldedIsNeverReadFromTheFile() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        StoredAccounts accounts = new StoredAccounts(3, 4);
        long[] file = new long[20];
        long[] latest = new long[20];
        List<Stored> unfolded = new ArrayList<>();
        for (int step = 0; step < 100_000; step++) {
            int number = random.nextInt(file.length);
            AccountId id = AccountId.of("a" + number);
            Stored stored = accounts.get(id);
            if (stored == null) {
                stored = new Stored(number, account(id.value(), file[number]));
                accounts.put(stored);
            }
            assertEquals(latest[number], stored.account().posted(), "seed " + seed + ", step " + step);
            if (random.nextBoolean()) {
                latest[number]++;
                stored.account(account(id.value(), latest[number]));
                if (!stored.isUnfolded()) {
                    stored.isUnfolded(true);
                    unfolded.add(stored);
                }
            }
            if (random.nextInt(8) == 0) {
                for (Stored changed : unfolded) {
                    file[(int) changed.number()] = changed.account().posted();
                    changed.isUnfolded(false);
                }
                unfolded.clear();
            }
        }
    }

    @Test
    void theTableInFrontGrowsWithWhatIsKept() {
        StoredAccounts accounts = new StoredAccounts(1_000, 4);
        List<AccountId> ids =
                IntStream.range(0, 500).mapToObj(i -> AccountId.of("a" + i)).toList();
        ids.forEach(id -> accounts.put(new Stored(1, account(id.value(), 1))));
        for (AccountId id : ids) {
            assertEquals(id, accounts.get(id).id());
        }
        long inFront = ids.stream()
                .filter(id -> accounts.inFront(id) != null
                        && accounts.inFront(id).id().equals(id))
                .count();
        assertTrue(inFront > 250, inFront + " of 500");
    }

    private static Account account(String name, long posted) {
        return new Account(AccountId.of(name), Money.currency("MYR"), posted, 0, 0);
    }
}
