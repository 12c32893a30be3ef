package bayar.store.sqlite;

import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Checks that no money came from nowhere: per currency, what is posted on all accounts together is zero. */
final class Balances {
    // In two halves, since the sum of balances need not fit 64 bits on the way.
    private static final String SUMS = "SELECT a.currency, count(*), sum(b.posted >> 32), sum(b.posted & 4294967295)"
            + " FROM current_balance b JOIN account a ON a.number = b.account GROUP BY a.currency";

    /** What is wrong with the balances as they are committed, in words; empty when nothing is. */
    static List<String> problems(Connection connection, long accounts) throws SQLException {
        List<String> problems = new ArrayList<>();
        long counted = 0;
        try (PreparedStatement select = connection.prepareStatement(SUMS);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                counted += row.getLong(2);
                BigInteger sum =
                        BigInteger.valueOf(row.getLong(3)).shiftLeft(32).add(BigInteger.valueOf(row.getLong(4)));
                if (sum.signum() != 0) {
                    problems.add("the balances in " + row.getString(1) + " add up to " + sum + ", not to zero");
                }
            }
        }
        if (counted != accounts) {
            problems.add(0, "there are " + counted + " balances of " + accounts + " accounts");
        }
        return problems;
    }

    private Balances() {}
}
