package bayar.monitor;

import bayar.Money;
import bayar.PaymentEvent;
import bayar.Receipt;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One record about a payment, as the live page shows it.
 *
 * @param sequence its place in the ledger's order
 * @param recorded what was recorded, such as {@code sale} or {@code outcome}
 * @param id of the request that it is about: the payment itself, or what acted on it
 * @param evidence what it rests on, by name
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RecordedEvent(
        long sequence,
        Instant time,
        String recorded,
        String id,
        String status,
        String reason,
        @Nullable Long amount,
        @Nullable String currency,
        @Nullable Integer digits,
        Map<String, String> evidence) {

    static RecordedEvent of(PaymentEvent event) {
        Receipt receipt = event.receipt();
        Money amount = receipt.amount();
        return new RecordedEvent(
                event.sequence(),
                event.time(),
                event.recorded().code(),
                event.request().id(),
                receipt.status().code(),
                receipt.reason().code(),
                amount == null ? null : amount.minor(),
                amount == null ? null : amount.currency().getCurrencyCode(),
                OpenPayment.digits(amount),
                new TreeMap<>(event.evidence()));
    }
}
