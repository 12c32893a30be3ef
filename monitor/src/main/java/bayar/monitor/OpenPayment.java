package bayar.monitor;

import bayar.AccountId;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.UnresolvedPayment;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A payment that is pending, in doubt or contradicted, as the live page shows it. Accounts are masked.
 *
 * @param payment the id of the earlier payment that it acts on, or null
 * @param amount how much is at stake, in minor units; null when it is not known
 * @param digits how many digits the currency has behind the point
 * @param key what the processor knows it by
 * @param reference what the processor calls it, or null
 * @param since since when it is as it is
 * @param ageSeconds how long ago that was when this was told
 * @param tries how often the processor was asked about it since the engine started
 * @param nextTry when it is asked next, or null when it is not
 * @param stuck whether nothing more happens without an operator, or a notification
 * @param anomalous whether something contradicts its outcome
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record OpenPayment(
        String id,
        String principal,
        String type,
        @Nullable String payment,
        @Nullable String payer,
        @Nullable String payee,
        @Nullable Long amount,
        @Nullable String currency,
        @Nullable Integer digits,
        String status,
        String reason,
        String method,
        String key,
        @Nullable String reference,
        Instant since,
        long ageSeconds,
        int tries,
        @Nullable Instant nextTry,
        boolean stuck,
        boolean anomalous) {

    static OpenPayment of(UnresolvedPayment unresolved, Instant now) {
        PaymentRequest request = unresolved.request();
        Receipt receipt = unresolved.receipt();
        Money amount = receipt.amount();
        return new OpenPayment(
                request.id(),
                unresolved.principal(),
                request.type().code(),
                request.payment(),
                AccountId.masked(request.payer()),
                AccountId.masked(request.payee()),
                amount == null ? null : amount.minor(),
                amount == null ? null : amount.currency().getCurrencyCode(),
                digits(amount),
                receipt.status().code(),
                receipt.reason().code(),
                unresolved.method(),
                unresolved.attempt().key(),
                unresolved.reference(),
                unresolved.since(),
                Math.max(0, Duration.between(unresolved.since(), now).toSeconds()),
                unresolved.tries(),
                unresolved.nextTry(),
                unresolved.isStuck(),
                unresolved.isAnomalous());
    }

    static @Nullable Integer digits(@Nullable Money amount) {
        return amount == null ? null : Math.max(0, amount.currency().getDefaultFractionDigits());
    }
}
