package bayar.examples;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.ledger.Limits;
import bayar.ledger.NewAccount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The accounts that a server opens: a CSV file with the header {@code account,currency,opening} and, if wanted, {@code
 * floor}, {@code limit_payment}, {@code limit_day}, and {@code limit_count} with {@code limit_window}; amounts in minor
 * units. An empty cell sets no floor but 0, and no limit. Blank lines and lines that begin with {@code #} are passed over.
 * Everything else that is not exactly so is refused with the place of the fault, since a wrong opening balance is money.
 */
final class AccountsFile {
    private static final List<String> REQUIRED = List.of("account", "currency", "opening");
    private static final String FLOOR = "floor";
    private static final String PER_PAYMENT = "limit_payment";
    private static final String PER_DAY = "limit_day";
    private static final String COUNT = "limit_count";
    private static final String WINDOW = "limit_window";
    private static final List<String> OPTIONAL = List.of(FLOOR, PER_PAYMENT, PER_DAY, COUNT, WINDOW);
    private static final Pattern SHORT_WINDOW = Pattern.compile("([1-9][0-9]{0,8})([smhd]?)");

    private final Path file;
    private List<String> header = List.of();
    private final List<NewAccount> accounts = new ArrayList<>();
    private final Map<AccountId, Integer> lineNumbers = new HashMap<>();

    private AccountsFile(Path file) {
        this.file = file;
    }

    /** Reads {@code file}. */
    static AccountsFile read(Path file) {
        AccountsFile accountsFile = new AccountsFile(file);
        accountsFile.parse(text(file));
        return accountsFile;
    }

    /** The accounts, in the order of the file. */
    List<NewAccount> accounts() {
        return List.copyOf(accounts);
    }

    /** Whether it has a column for a limit, and so tells all the limits of its accounts. */
    boolean tellsLimits() {
        return header.stream().anyMatch(column -> column.startsWith("limit_"));
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
        String[] rows = text.split("\r\n|\n|\r", -1);
        for (int number = 1; number <= rows.length; number++) {
            String row = rows[number - 1];
            if (row.isBlank() || row.startsWith("#")) {
                continue;
            }
            List<String> cells = List.of(row.split(",", -1));
            if (header.isEmpty()) {
                requireHeader(number, cells);
                header = cells;
            } else {
                if (cells.size() != header.size()) {
                    throw fault(
                            number,
                            1,
                            "has " + cells.size() + " columns instead of " + header.size() + ": \"" + row + '"');
                }
                add(number, cells);
            }
        }
        if (header.isEmpty()) {
            throw new BayarException(
                    "accounts file " + file + " is empty; its first line is the header account,currency,opening");
        }
    }

    private void requireHeader(int number, List<String> cells) {
        boolean isBegunRight = cells.size() >= REQUIRED.size()
                && cells.subList(0, REQUIRED.size()).equals(REQUIRED);
        boolean isEachOnce = cells.stream().distinct().count() == cells.size();
        if (!isBegunRight || !isEachOnce || !OPTIONAL.containsAll(cells.subList(REQUIRED.size(), cells.size()))) {
            throw fault(
                    number,
                    1,
                    "is not the header: it must be account,currency,opening and then, each as you need it, "
                            + String.join(",", OPTIONAL));
        }
        if (cells.contains(COUNT) != cells.contains(WINDOW)) {
            throw fault(
                    number, 1, "has only one of the columns " + COUNT + " and " + WINDOW + "; they belong together");
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
        long floor = optional(number, cells, FLOOR, 0);
        if (opening < 0 || opening > NewAccount.MAX_OPENING_MINOR) {
            throw fault(
                    number, 3, "opening " + opening + " is not 0 to " + NewAccount.MAX_OPENING_MINOR + " minor units");
        }
        if (opening < floor) {
            throw fault(number, 3, "opening " + opening + " is below the floor, which is " + floor);
        }
        Currency currency = currency(number, cells.get(1));
        accounts.add(new NewAccount(account, new Money(opening, currency), floor, limits(number, cells)));
    }

    private Limits limits(int number, List<String> cells) {
        Limits limits = Limits.NONE
                .perPayment(limit(number, cells, PER_PAYMENT, Long.MAX_VALUE))
                .perDay(limit(number, cells, PER_DAY, Long.MAX_VALUE));
        String count = cell(cells, COUNT);
        String window = cell(cells, WINDOW);
        if (count.isEmpty() != window.isEmpty()) {
            int empty = header.indexOf(count.isEmpty() ? COUNT : WINDOW) + 1;
            throw fault(number, empty, COUNT + " and " + WINDOW + " belong together; give both or none");
        }
        return count.isEmpty()
                ? limits
                : limits.perWindow((int) limit(number, cells, COUNT, Integer.MAX_VALUE), window(number, window));
    }

    private long limit(int number, List<String> cells, String column, long most) {
        long limit = optional(number, cells, column, most);
        if (limit < 1 || limit > most) {
            throw fault(number, header.indexOf(column) + 1, column + " " + limit + " is not 1 to " + most);
        }
        return limit;
    }

    private Duration window(int number, String text) {
        Matcher matcher = SHORT_WINDOW.matcher(text);
        try {
            Duration window = matcher.matches()
                    ? Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)))
                    : Duration.parse(text);
            // The bounds are those of the limits themselves.
            return Limits.NONE.perWindow(1, window).window();
        } catch (DateTimeException | BayarException e) {
            throw fault(
                    number,
                    header.indexOf(WINDOW) + 1,
                    WINDOW + " \"" + text + "\" is not 1 s to 366 days, such as 3600, 1h, 1d or PT1H");
        }
    }

    private static ChronoUnit unit(String letter) {
        return switch (letter) {
            case "m" -> ChronoUnit.MINUTES;
            case "h" -> ChronoUnit.HOURS;
            case "d" -> ChronoUnit.DAYS;
            default -> ChronoUnit.SECONDS;
        };
    }

    /** The cell of an optional column; empty when there is no such column. */
    private String cell(List<String> cells, String column) {
        int index = header.indexOf(column);
        return index < 0 ? "" : cells.get(index);
    }

    private long optional(int number, List<String> cells, String column, long otherwise) {
        String cell = cell(cells, column);
        return cell.isEmpty() ? otherwise : minorUnits(number, header.indexOf(column) + 1, column, cell);
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
                what + " \"" + cell + "\" is not a whole number"
                        + (what.equals(COUNT) ? "" : " of minor units, such as 10000 for 100.00"));
    }

    private BayarException fault(int number, int column, String what) {
        return new BayarException("accounts file " + file + ", line " + number + ", column " + column + ": " + what);
    }
}
