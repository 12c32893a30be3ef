package bayar.codec;

import java.util.Currency;
import org.jspecify.annotations.Nullable;

/** The ISO 4217 currencies, found without a lock and without an exception for those that do not exist. */
final class Currencies {
    private static final int LETTERS = 26;
    private static final Currency[] BY_CODE = new Currency[LETTERS * LETTERS * LETTERS];

    static {
        for (Currency currency : Currency.getAvailableCurrencies()) {
            String code = currency.getCurrencyCode();
            int index = index(code.charAt(0), code.charAt(1), code.charAt(2));
            if (index >= 0) {
                BY_CODE[index] = currency;
            }
        }
    }

    /** The currency whose code, in capitals, the cursor has just read; null when there is none. */
    static @Nullable Currency of(JsonCursor cursor) {
        int index = cursor.textLength() == 3 ? index(cursor.textAt(0), cursor.textAt(1), cursor.textAt(2)) : -1;
        return index < 0 ? null : BY_CODE[index];
    }

    private static int index(char first, char second, char third) {
        boolean isCode = isCapital(first) && isCapital(second) && isCapital(third);
        return isCode ? ((first - 'A') * LETTERS + second - 'A') * LETTERS + third - 'A' : -1;
    }

    private static boolean isCapital(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private Currencies() {}
}
