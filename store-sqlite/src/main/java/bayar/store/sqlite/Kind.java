package bayar.store.sqlite;

import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.ledger.PaymentRecord;
import java.util.Currency;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What many payments have in common, so that it is kept once and each payment just names it by its number. */
record Kind(
        Operation type,
        Reason reason,
        MoneyEffect money,
        String method,
        @Nullable Currency currency,
        boolean isFinal,
        Begins begins) {

    /** How the sums of a payment begin, before anything acts on it. */
    enum Begins {
        /** All sums are 0. */
        NOTHING,
        /** Its whole amount is authorized. */
        AUTHORIZED,
        /** Its whole amount is authorized and captured. */
        CAPTURED,
        /** As its {@code detail} says. */
        OTHER;

        private final String code = name().toLowerCase(Locale.ROOT);

        String code() {
            return code;
        }

        static Begins of(PaymentRecord record) {
            Money amount = record.request().amount();
            return of(record.sums(), amount == null ? 0 : amount.minor());
        }

        private static Begins of(PaymentSums sums, long amountMinor) {
            if (sums.released() == 0 && sums.refunded() == 0 && sums.capturing() == 0 && sums.refunding() == 0) {
                if (sums.authorized() == 0 && sums.captured() == 0) {
                    return NOTHING;
                }
                if (sums.authorized() == amountMinor && sums.captured() == amountMinor) {
                    return CAPTURED;
                }
                if (sums.authorized() == amountMinor && sums.captured() == 0) {
                    return AUTHORIZED;
                }
            }
            return OTHER;
        }

        /** The sums that a payment of this amount begins with; {@link PaymentSums#NONE} also for {@link #OTHER}. */
        PaymentSums sums(long amountMinor) {
            return switch (this) {
                case NOTHING, OTHER -> PaymentSums.NONE;
                case AUTHORIZED -> new PaymentSums(amountMinor, 0, 0, 0);
                case CAPTURED -> new PaymentSums(amountMinor, amountMinor, 0, 0);
            };
        }
    }

    /** Whether it is the kind of this record. */
    boolean isOf(PaymentRecord record) {
        Money amount = record.request().amount();
        return type == record.request().type()
                && reason == record.reason()
                && money == record.money()
                && isFinal == record.request().isFinal()
                && Objects.equals(currency, amount == null ? null : amount.currency())
                && method.equals(record.request().method())
                && begins == Begins.of(record);
    }

    static Kind of(PaymentRecord record) {
        Money amount = record.request().amount();
        return new Kind(
                record.request().type(),
                record.reason(),
                record.money(),
                record.request().method(),
                amount == null ? null : amount.currency(),
                record.request().isFinal(),
                Begins.of(record));
    }
}
