package bayar.codec;

import java.util.Currency;
import org.jspecify.annotations.Nullable;

/** The ISO 4217 currencies, found without a lock and without an exception for those that do not exist. */
final class Currencies {
    private static final int LETTERS = 26;
    private static final Currency[] BY_CODE = new Currency[LETTERS * LETTERS * LETTERS];

    static {
        for (Currency currency : Currency.getAvailableCurrencies()) {
            int index = index(currency.getCurrencyCode());
            if (index >= 0) {
                BY_CODE[index] = currency;
            }
        }
    }

    /** The currency with this code in capitals, or null when there is none. */
    static @Nullable Currency of(String code) {
        int index = index(code);
        return index < 0 ? null : BY_CODE[index];
    }

    private static int index(String code) {
        if (code.length() != 3) {
            return -1;
        }
        int index = 0;
        for (int i = 0; i < 3; i++) {
            int letter = code.charAt(i) - 'A';
            if (letter < 0 || letter >= LETTERS) {
                return -1;
            }
            index = index * LETTERS + letter;
        }
        return index;
    }

    private Currencies() {}
}
