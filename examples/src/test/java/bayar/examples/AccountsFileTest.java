package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.ledger.Limits;
import bayar.ledger.NewAccount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccountsFileTest {
    @TempDir
    private Path directory;

    @Test
    void readsAccountsInTheOrderOfTheFile() throws IOException {
        assertEquals(
                List.of(
                        NewAccount.of("kedai", Money.of(0, "MYR")),
                        NewAccount.of("alice", Money.of(10_000, "MYR")),
                        NewAccount.of("bob", Money.of(7, "JPY"))),
                read("account,currency,opening\nkedai,MYR,0\nalice,MYR,10000\nbob,JPY,7\n"));
    }

    @Test
    void takesAFloorBelowZeroForAnAccountThatMayBeOverdrawn() throws IOException {
        assertEquals(
                List.of(new NewAccount(AccountId.of("clearing"), Money.of(0, "MYR"), -500)),
                read("account,currency,opening,floor\nclearing,MYR,0,-500"));
    }

    @Test
    void takesLimitsWhereACellTellsOne() throws IOException {
        Limits perHour = Limits.NONE.perWindow(3, Duration.ofHours(1));
        AccountsFile file = file("""
                account,currency,opening,limit_payment,limit_day,limit_count,limit_window
                alice,MYR,100,50,80,3,1h
                bob,MYR,100,,,3,PT1H
                carol,MYR,100,,,3,3600
                dora,MYR,100,,80,,
                """);

        assertTrue(file.tellsLimits());
        assertEquals(
                List.of(perHour.perPayment(50).perDay(80), perHour, perHour, Limits.NONE.perDay(80)),
                file.accounts().stream().map(NewAccount::limits).toList());
        assertEquals(
                Duration.ofDays(2),
                read("account,currency,opening,limit_window,limit_count,floor\nalice,MYR,1,2d,3,")
                        .get(0)
                        .limits()
                        .window());
        assertFalse(file("account,currency,opening,floor\nalice,MYR,1,0").tellsLimits());
    }

    @Test
    void passesOverAByteOrderMarkCarriageReturnsBlankLinesAndComments() throws IOException {
        assertEquals(
                List.of(NewAccount.of("alice", Money.of(1, "MYR"))),
                read("\uFEFF# ours\r\n\r\naccount,currency,opening\r\n  \r\nalice,MYR,1\r\n# end\r\n"));
    }

    /** The place and a word of what is said; {@code /} stands for the end of a line. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            alice,MYR,100                                              | line 1, column 1 | header
            Account,Currency,Opening                                   | line 1, column 1 | header
            account,currency,opening,limit                             | line 1, column 1 | header
            account,currency,opening/alice,MYR                         | line 2, column 1 | 2 columns instead of 3
            account,currency,opening/alice,MYR,100,0                   | line 2, column 1 | 4 columns instead of 3
            account,currency,opening/alice,MYR,1/#/bob,MYR,1/alice,MYR,2 | line 5, column 1 | in line 2
            account,currency,opening/al ice,MYR,100                    | line 2, column 1 | "al ice"
            account,currency,opening/bayar:x,MYR,100                   | line 2, column 1 | "bayar:x"
            account,currency,opening/alice,ABC,100                     | line 2, column 2 | "ABC"
            account,currency,opening/alice,myr,100                     | line 2, column 2 | "myr"
            account,currency,opening/alice,MYR,12.50                   | line 2, column 3 | "12.50"
            account,currency,opening/alice,MYR, 100                    | line 2, column 3 | " 100"
            account,currency,opening/alice,MYR,                        | line 2, column 3 | ""
            account,currency,opening/alice,MYR,1e3                     | line 2, column 3 | "1e3"
            account,currency,opening/alice,MYR,-1                      | line 2, column 3 | -1
            account,currency,opening/alice,MYR,99999999999999999999    | line 2, column 3 | 64 bits
            account,currency,opening,floor/alice,MYR,100,none          | line 2, column 4 | "none"
            account,currency,opening,floor/alice,MYR,100,200           | line 2, column 3 | below the floor
            account,currency,opening,floor,floor/alice,MYR,1,0,0       | line 1, column 1 | header
            account,currency,opening,limit_count/alice,MYR,1,1         | line 1, column 1 | belong together
            account,currency,opening,limit_day/alice,MYR,1,0           | line 2, column 4 | limit_day 0 is not 1 to
            account,currency,opening,limit_payment/alice,MYR,1,1.5     | line 2, column 4 | "1.5"
            account,currency,opening,limit_count,limit_window/a,MYR,1,1,  | line 2, column 5 | give both or none
            account,currency,opening,limit_count,limit_window/a,MYR,1,,1d | line 2, column 4 | give both or none
            account,currency,opening,limit_count,limit_window/a,MYR,1,2147483648,1d | line 2, column 4 | 2147483647
            account,currency,opening,limit_count,limit_window/a,MYR,1,x,1d   | line 2, column 4 | "x"
            account,currency,opening,limit_count,limit_window/a,MYR,1,1,0    | line 2, column 5 | 366 days
            account,currency,opening,limit_count,limit_window/a,MYR,1,1,367d | line 2, column 5 | "367d"
            account,currency,opening,limit_count,limit_window/a,MYR,1,1,1w   | line 2, column 5 | "1w"
            """)
    void refusesWhatIsNotExactlySoAndNamesThePlace(String rows, String place, String said) {
        BayarException refused = assertThrows(BayarException.class, () -> read(rows.replace('/', '\n')));

        assertTrue(refused.getMessage().contains(place), refused.getMessage());
        assertTrue(refused.getMessage().contains(said), refused.getMessage());
        assertTrue(refused.getMessage().contains("accounts.csv"), refused.getMessage());
    }

    @Test
    void refusesAnEmptyFileAMissingOneAndOneThatIsNotText() throws IOException {
        assertTrue(assertThrows(BayarException.class, () -> read(" \n#\n"))
                .getMessage()
                .contains("is empty"));
        assertTrue(assertThrows(BayarException.class, () -> AccountsFile.read(directory.resolve("none.csv")))
                .getMessage()
                .contains("there is no accounts file"));
        Path latin1 = Files.write(directory.resolve("latin1.csv"), new byte[] {(byte) 0xe4});
        assertTrue(assertThrows(BayarException.class, () -> AccountsFile.read(latin1))
                .getMessage()
                .contains("not UTF-8"));
    }

    private List<NewAccount> read(String text) throws IOException {
        return file(text).accounts();
    }

    private AccountsFile file(String text) throws IOException {
        return AccountsFile.read(Files.write(directory.resolve("accounts.csv"), text.getBytes(StandardCharsets.UTF_8)));
    }
}
