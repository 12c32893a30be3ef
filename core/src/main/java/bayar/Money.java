package bayar;

import java.util.Currency;

/**
 * An amount of one currency.
 *
 * @param minor the amount in minor units of the currency (cents, sen, yen)
 * @param currency the ISO 4217 currency
 */
public record Money(long minor, Currency currency) {

    /**
     * An amount of minor units in the currency with this ISO 4217 code.
     *
     * @throws BayarException if there is no such currency
     */
    public static Money of(long minor, String currencyCode) {
        return new Money(minor, currency(currencyCode));
    }

    /**
     * The currency with this ISO 4217 code, in capitals.
     *
     * @throws BayarException if there is no such currency
     */
    public static Currency currency(String code) {
        try {
            return Currency.getInstance(code);
        } catch (IllegalArgumentException e) {
            throw new BayarException("currency \"" + code + "\" is not an ISO 4217 code such as MYR or EUR", e);
        }
    }

    @Override
    public String toString() {
        return minor + " " + currency.getCurrencyCode();
    }
}
