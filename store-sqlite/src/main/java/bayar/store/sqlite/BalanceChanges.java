package bayar.store.sqlite;

import bayar.ledger.Account;
import bayar.store.sqlite.StoredAccounts.Stored;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Writes what batches change of balances: as one row each, behind each other, of which the last one of an account counts.
 * So a batch does not rewrite pages all over the table {@code balance}, and an account that many batches change is
 * rewritten there once for all of them.
 *
 * <p>That is done in rounds, some of it in each batch, since all at once would keep payments waiting. A round first
 * writes the balances, as they are by then, of the accounts that batches before it have changed, and then deletes the
 * rows of those batches; what batches change meanwhile is for the next round. Whoever reads while a row is there reads
 * that row, so that it does not matter how far the round has come.
 *
 * <p>An account whose balance is not in {@code balance} stays in memory. Each method belongs into a transaction of its
 * caller's.
 */
final class BalanceChanges {
    /** A round takes until so many accounts are waiting for the next one, so that memory is bounded. */
    private static final int MAX_ACCOUNTS = 16_384;

    /** Or so many changes, so that whoever looks at the accounts has few to read. */
    private static final int MAX_CHANGES = 131_072;

    /** How much of a round is writing; the rest is deleting. */
    private static final double WRITING = 0.7;

    private final PreparedStatement insert;
    private final PreparedStatement delete;
    private final PreparedStatement foldAll;
    private final RowInserter putBalances;
    private final int maxBatches;
    private final StringBuilder json = new StringBuilder();

    /** Those that this round writes, in the order of their numbers, from {@code written} on. */
    private List<Stored> folding = new ArrayList<>();

    private int written;
    /** The rows that this round deletes: those behind {@code deletedRow} up to {@code foldingRow}. */
    private long deletedRow;

    private long foldingRow;
    /** How much of the round is due, from 0 to 1. */
    private double due;

    /** Those for the next round, and the last row of all. */
    private List<Stored> changed = new ArrayList<>();

    private long lastRow;

    /** @param maxBatches a round takes as many batches at most */
    BalanceChanges(Connection connection, int maxBatches) throws SQLException {
        this.maxBatches = maxBatches;
        insert = connection.prepareStatement("INSERT INTO balance_change (number, changes) VALUES (?, ?)");
        delete = connection.prepareStatement("DELETE FROM balance_change WHERE number <= ?");
        foldAll = connection.prepareStatement(
                "INSERT OR REPLACE INTO balance SELECT account, posted, held FROM changed_balance");
        putBalances = new RowInserter(connection, "INSERT OR REPLACE INTO balance", 3);
    }

    /** Folds what a process before this one has left. */
    void foldAll() throws SQLException {
        foldAll.executeUpdate();
        deleteTo(Long.MAX_VALUE);
    }

    boolean isEmpty() {
        return lastRow == deletedRow;
    }

    /** Writes the balances of accounts that were there before. */
    void write(Collection<Stored> accounts) throws SQLException {
        if (accounts.isEmpty()) {
            return;
        }
        int changedBefore = changed.size();
        for (Stored stored : accounts) {
            if (!stored.isUnfolded()) {
                stored.isUnfolded(true);
                changed.add(stored);
            }
        }
        insert(accounts);
        double byAccounts = (double) (changed.size() - changedBefore) / MAX_ACCOUNTS;
        double byChanges = (double) accounts.size() / MAX_CHANGES;
        goOn(Math.max(1.0 / maxBatches, Math.max(byAccounts, byChanges)));
    }

    private void insert(Collection<Stored> accounts) throws SQLException {
        json.setLength(0);
        for (Stored stored : accounts) {
            Account account = stored.account();
            json.append(json.isEmpty() ? "[[" : ",[").append(stored.number()).append(',');
            json.append(account.posted()).append(',').append(account.held()).append(']');
        }
        lastRow++;
        insert.setLong(1, lastRow);
        insert.setString(2, json.append(']').toString());
        insert.executeUpdate();
    }

    private void goOn(double more) throws SQLException {
        due = Math.min(1, due + more);
        writeTo(part(folding.size(), due / WRITING));
        long rows = foldingRow - deletedRow;
        if (rows > 0 && written == folding.size() && due > WRITING) {
            // The more is due the more of what is left: all of it in the end.
            deleteTo(deletedRow + part(rows, Math.min(1, more / Math.max(more, 1 - due))));
        }
        if (due == 1) {
            beginRound();
        }
    }

    private static long part(long all, double part) {
        return part >= 1 ? all : (long) Math.ceil(all * part);
    }

    private void writeTo(long end) throws SQLException {
        if (written < end) {
            put(folding.subList(written, (int) end));
            written = (int) end;
        }
    }

    private void beginRound() {
        List<Stored> done = folding;
        folding = changed;
        folding.sort(Comparator.comparingLong(Stored::number));
        changed = done;
        changed.clear();
        written = 0;
        foldingRow = lastRow;
        due = 0;
    }

    /** Writes all that is not folded into the table {@code balance}. */
    void fold() throws SQLException {
        writeTo(folding.size());
        put(changed);
        changed.clear();
        deleteTo(lastRow);
    }

    private void deleteTo(long row) throws SQLException {
        delete.setLong(1, row);
        delete.executeUpdate();
        deletedRow = Math.min(row, lastRow);
    }

    /** Writes these balances into the table {@code balance}, as for accounts that are new. */
    void put(List<Stored> balances) throws SQLException {
        putBalances.begin(balances.size());
        for (Stored balance : balances) {
            putBalances.put(balance.number());
            putBalances.put(balance.account().posted());
            putBalances.put(balance.account().held());
            balance.isUnfolded(false);
        }
    }
}
