package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.ledger.Account;
import bayar.ledger.Ledger;
import bayar.ledger.NewAccount;
import bayar.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Balances lie in two tables while an engine runs, and after it was killed. */
class BalanceChangesTest {
    @TempDir
    Path directory;

    @Test
    void whoeverReadsSeesTheLastBalanceWhereverItLies() throws SQLException {
        try (SqliteStore store = SqliteStore.open(directory, SipHash::new, new SqliteStore.Tuning(4, 3, 20))) {
            for (int i = 1; i <= 10; i++) {
                Payments.commit(store, "p-" + i);
                assertEquals(-10L * i, posted("alice"));
                assertEquals(
                        -10L * i,
                        LedgerFile.number(store.connection(), "SELECT posted FROM accounts WHERE account = 'alice'"));
                assertTrue(LedgerFile.number(store.connection(), "SELECT count(*) FROM balance_change") <= 6);
                assertTrue(SqliteStore.verify(directory, reached -> {}).isSound());
            }
        }
    }

    @Test
    void howFarARoundOfFoldingHasComeMakesNoDifference() throws Exception {
        long seed = Long.getLong("bayar.balances.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Principal till = Principal.named("till").mayDebit("*");
        for (int round = 0; round < 5; round++) {
            Path original = directory.resolve("round-" + round);
            int accounts = 2 + random.nextInt(60);
            try (SqliteStore store =
                    SqliteStore.open(original, SipHash::new, new SqliteStore.Tuning(4, 1 + random.nextInt(12), 40))) {
                Ledger ledger = new Ledger(store, 0, 0, Duration.ofDays(7));
                for (int i = 0; i < accounts; i++) {
                    ledger.open(NewAccount.of("a-" + i, Money.of(10_000, "MYR")), 1);
                }
                commit(ledger, store);
                int batches = 100;
                for (int batch = 0; batch < batches; batch++) {
                    for (int i = random.nextInt(8); i >= 0; i--) {
                        int payer = random.nextInt(accounts);
                        int payee = (payer + 1 + random.nextInt(accounts - 1)) % accounts;
                        PaymentRequest sale = PaymentRequest.sale(
                                batch + ":" + i, "a-" + payer, "a-" + payee, Money.of(1 + random.nextInt(9), "MYR"));
                        ledger.decide(till, sale, Long.MAX_VALUE, 2 + batch);
                    }
                    commit(ledger, store);
                    assertEquals(balances(store::forEachAccount), balances(each -> {
                        SqliteStore.readAccounts(original, each);
                    }));
                    HistoryReport report = SqliteStore.verify(original, reached -> {});
                    assertTrue(report.isSound(), "batch " + batch + ": " + report.problem());
                }
                Path copy = Files.createDirectory(directory.resolve("copy-" + round));
                for (String name : List.of("ledger.db", "ledger.db-wal")) {
                    Files.copy(original.resolve(name), copy.resolve(name));
                }
                try (SqliteStore again = SqliteStore.open(copy)) {
                    for (int i = 0; i < accounts; i++) {
                        AccountId id = AccountId.of("a-" + i);
                        assertEquals(
                                store.account(id).posted(), again.account(id).posted());
                    }
                }
            }
        }
    }

    private static void commit(Ledger ledger, SqliteStore store) {
        store.commit(ledger.changes());
        ledger.committed();
    }

    private static Map<String, Long> balances(Consumer<Consumer<Account>> all) {
        Map<String, Long> posted = new TreeMap<>();
        all.accept(account -> posted.put(account.id().value(), account.posted()));
        return posted;
    }

    @Test
    void afterAnOrderlyEndAllLieInOneTable() throws SQLException {
        try (SqliteStore store = SqliteStore.open(directory)) {
            Payments.commit(store, "p-1");
            Payments.commit(store, "p-2");
            assertTrue(LedgerFile.number(store.connection(), "SELECT count(*) FROM balance_change") > 0);
        }
        try (Connection file = connection(directory)) {
            assertEquals(0, LedgerFile.number(file, "SELECT count(*) FROM balance_change"));
            assertEquals(
                    -20,
                    LedgerFile.number(
                            file, "SELECT posted FROM balance JOIN account ON number = account WHERE name = 'alice'"));
        }
    }

    @Test
    void whatAKilledProcessLeftIsFoldedAtTheStart() throws Exception {
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Path original = directory.resolve("original");
        try (SqliteStore store = SqliteStore.open(original)) {
            Payments.commit(store, "p-1");
            Payments.commit(store, "p-2", "p-3");
            for (String name : List.of("ledger.db", "ledger.db-wal")) {
                Files.copy(original.resolve(name), copy.resolve(name));
            }
        }
        try (SqliteStore store = SqliteStore.open(copy)) {
            assertEquals(0, LedgerFile.number(store.connection(), "SELECT count(*) FROM balance_change"));
            assertEquals(-30, store.account(AccountId.of("alice")).posted());
            Payments.commit(store, "p-4");
        }
        assertTrue(SqliteStore.verify(copy, reached -> {}).isSound());
    }

    @Test
    void aChangeThatWasTamperedWithIsFound() throws Exception {
        for (String tampering : List.of(
                "UPDATE balance_change SET changes = replace(changes, '-', '-1')",
                "UPDATE balance_change SET changes = '[[1'",
                "UPDATE balance_change SET changes = '[[77,1,1]]'",
                "DELETE FROM balance_change")) {
            Path tampered = Files.createTempDirectory(directory, "tampered");
            Path copy = Files.createDirectory(tampered.resolve("copy"));
            try (SqliteStore store = SqliteStore.open(tampered)) {
                Payments.commit(store, "p-0");
                Payments.commit(store, "p-1");
                for (String name : List.of("ledger.db", "ledger.db-wal")) {
                    Files.copy(tampered.resolve(name), copy.resolve(name));
                }
            }
            try (Connection file = connection(copy);
                    Statement statement = file.createStatement()) {
                statement.execute(tampering);
            }
            List<String> found = new ArrayList<>();
            try {
                found.add(String.valueOf(SqliteStore.verify(copy, reached -> {}).problem()));
            } catch (StoreException e) {
                found.add(e.getMessage());
            }
            assertTrue(!found.get(0).equals("null"), tampering);
        }
    }

    private long posted(String name) {
        long[] posted = new long[1];
        SqliteStore.readAccounts(directory, account -> {
            if (account.id().value().equals(name)) {
                posted[0] = account.posted();
            }
        });
        return posted[0];
    }

    private static Connection connection(Path directory) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve(LedgerFile.NAME));
    }
}
