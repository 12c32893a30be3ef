package bayar.examples;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.ledger.NewAccount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The accounts that a server opens: a CSV file with the header {@code account,currency,opening} and, if wanted,
 * {@code ,floor}; amounts in minor units. Blank lines and lines that begin with {@code #} are passed over. Everything
 * else that is not exactly so is refused with the place of the fault, since a wrong opening balance is money.
 */
final class AccountsFile {
    private static final List<String> SHORT_HEADER = List.of("account", "currency", "opening");
    private static final List<String> LONG_HEADER = List.of("account", "currency", "opening", "floor");

    private final Path file;
    private final List<NewAccount> accounts = new ArrayList<>();
    private final Map<AccountId, Integer> lineNumbers = new HashMap<>();

    private AccountsFile(Path file) {
        this.file = file;
    }

    /** The accounts in {@code file}, in its order. */
    static List<NewAccount> read(Path file) {
        AccountsFile accountsFile = new AccountsFile(file);
        accountsFile.parse(text(file));
        return List.copyOf(accountsFile.accounts);
    }

    private static String text(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            throw new BayarException("there is no accounts file " + file + "; give its path with --accounts", e);
        } catch (CharacterCodingException e) {
            throw new BayarException("accounts file " + file + " is not UTF-8 text; save it as UTF-8", e);
        } catch (IOException e) {
            throw new BayarException("cannot read accounts file " + file + ": " + e, e);
        }
    }

    private void parse(String text) {
        int columns = 0;
        String[] rows = text.split("\r\n|\n|\r", -1);
        for (int number = 1; number <= rows.length; number++) {
            String row = rows[number - 1];
            if (row.isBlank() || row.startsWith("#")) {
                continue;
            }
            List<String> cells = List.of(row.split(",", -1));
            if (columns == 0) {
                requireHeader(number, cells);
                columns = cells.size();
            } else {
                if (cells.size() != columns) {
                    throw fault(
                            number, 1, "has " + cells.size() + " columns instead of " + columns + ": \"" + row + '"');
                }
                add(number, cells);
            }
        }
        if (columns == 0) {
            throw new BayarException(
                    "accounts file " + file + " is empty; its first line is the header account,currency,opening");
        }
    }

    private void requireHeader(int number, List<String> cells) {
        if (!cells.equals(SHORT_HEADER) && !cells.equals(LONG_HEADER)) {
            throw fault(
                    number,
                    1,
                    "is not the header: it must be account,currency,opening or account,currency,opening,floor");
        }
    }

    private void add(int number, List<String> cells) {
        String name = cells.get(0);
        if (!AccountId.isValid(name) || AccountId.of(name).isReserved()) {
            throw fault(
                    number,
                    1,
                    "account \"" + name + "\" is not 1 to 64 characters of A-Z a-z 0-9 . _ : - or begins with bayar:");
        }
        AccountId account = AccountId.of(name);
        Integer earlier = lineNumbers.putIfAbsent(account, number);
        if (earlier != null) {
            throw fault(number, 1, "account \"" + name + "\" is there already, in line " + earlier + "; keep one");
        }
        long opening = minorUnits(number, 3, "opening", cells.get(2));
        long floor = cells.size() == 4 ? minorUnits(number, 4, "floor", cells.get(3)) : 0;
        if (opening < 0 || opening > NewAccount.MAX_OPENING_MINOR) {
            throw fault(
                    number, 3, "opening " + opening + " is not 0 to " + NewAccount.MAX_OPENING_MINOR + " minor units");
        }
        if (opening < floor) {
            throw fault(number, 3, "opening " + opening + " is below the floor, which is " + floor);
        }
        accounts.add(new NewAccount(account, new Money(opening, currency(number, cells.get(1))), floor));
    }

    private Currency currency(int number, String code) {
        try {
            return Currency.getInstance(code);
        } catch (IllegalArgumentException e) {
            throw fault(number, 2, "currency \"" + code + "\" is not an ISO 4217 code such as MYR or EUR");
        }
    }

    private long minorUnits(int number, int column, String what, String cell) {
        try {
            if (cell.matches("-?[0-9]+")) {
                return Long.parseLong(cell);
            }
        } catch (NumberFormatException e) {
            throw fault(number, column, what + " \"" + cell + "\" does not fit into 64 bits");
        }
        throw fault(
                number,
                column,
                what + " \"" + cell + "\" is not a whole number of minor units, such as 10000 for 100.00");
    }

    private BayarException fault(int number, int column, String what) {
        return new BayarException("accounts file " + file + ", line " + number + ", column " + column + ": " + what);
    }
}
