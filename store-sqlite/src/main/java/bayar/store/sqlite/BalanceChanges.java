package bayar.store.sqlite;

import bayar.ledger.Account;
import bayar.store.sqlite.StoredAccounts.Stored;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Writes what batches change of balances: as one row each, behind each other, of which the last one counts. Now and then
 * they are folded into the table {@code balance}, all at once. So a batch does not rewrite pages all over that table, and
 * an account that many batches change is rewritten once for all of them.
 *
 * <p>An account that is not folded stays in memory. Each method belongs into a transaction of its caller's.
 */
final class BalanceChanges {
    /** With so many accounts changed they are folded, so that no fold keeps payments waiting for long. */
    private static final int ACCOUNTS = 16_384;

    private final PreparedStatement insert;
    private final PreparedStatement delete;
    private final PreparedStatement foldAll;
    private final RowInserter putBalances;
    private final int maxBatches;
    private final List<Stored> unfolded = new ArrayList<>();
    private final StringBuilder json = new StringBuilder();
    private int batches;

    /** @param maxBatches after so many they are folded, so that whoever looks at the accounts has few to read */
    BalanceChanges(Connection connection, int maxBatches) throws SQLException {
        this.maxBatches = maxBatches;
        insert = connection.prepareStatement("INSERT INTO balance_change (changes) VALUES (?)");
        delete = connection.prepareStatement("DELETE FROM balance_change");
        foldAll = connection.prepareStatement(
                "INSERT OR REPLACE INTO balance SELECT account, posted, held FROM changed_balance");
        putBalances = new RowInserter(connection, "INSERT OR REPLACE INTO balance", 3);
    }

    /** Folds what a process before this one has left. */
    void foldAll() throws SQLException {
        foldAll.executeUpdate();
        delete.executeUpdate();
    }

    boolean isEmpty() {
        return unfolded.isEmpty();
    }

    /** Writes the balances of accounts that were there before. */
    void write(Collection<Stored> changed) throws SQLException {
        if (changed.isEmpty()) {
            return;
        }
        for (Stored stored : changed) {
            if (!stored.isUnfolded()) {
                stored.isUnfolded(true);
                unfolded.add(stored);
            }
        }
        batches++;
        if (batches >= maxBatches || unfolded.size() >= ACCOUNTS) {
            fold();
            return;
        }
        json.setLength(0);
        for (Stored stored : changed) {
            Account account = stored.account();
            json.append(json.isEmpty() ? "[[" : ",[").append(stored.number()).append(',');
            json.append(account.posted()).append(',').append(account.held()).append(']');
        }
        insert.setString(1, json.append(']').toString());
        insert.executeUpdate();
    }

    /** Writes all that is not folded into the table {@code balance}. */
    void fold() throws SQLException {
        put(unfolded);
        delete.executeUpdate();
        unfolded.forEach(stored -> stored.isUnfolded(false));
        unfolded.clear();
        batches = 0;
    }

    /** Writes these balances into the table {@code balance}, as for accounts that are new. */
    void put(Collection<Stored> some) throws SQLException {
        Stored[] balances = some.toArray(new Stored[0]);
        Arrays.sort(balances, Comparator.comparingLong(Stored::number));
        putBalances.begin(balances.length);
        for (Stored balance : balances) {
            putBalances.put(balance.number());
            putBalances.put(balance.account().posted());
            putBalances.put(balance.account().held());
        }
    }
}
