package bayar.examples;

import bayar.Money;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Status;
import bayar.UnresolvedPayment;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A payment that is pending, in doubt or contradicted, as the operator is told of it: one object of JSON.
 *
 * @param payment the id of the earlier payment that it acts on, or null
 * @param amount how much is at stake, in minor units; null when it is not known
 * @param method the processor that does it, or null when no server runs
 * @param key what the processor knows it by, or null when no server runs
 * @param reference what the processor calls it, or null
 * @param since since when it is as it is
 * @param ageSeconds how long ago that was when this was told
 * @param tries how often the processor was asked about it since the server started
 * @param nextTry when it is asked next, or null when it is not
 * @param stuck whether nothing more happens without an operator, or a notification
 * @param anomalous whether something contradicts its outcome
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"id", "principal", "type", "payment", "amount", "currency", "status", "reason"})
record OpenPayment(
        String id,
        String principal,
        String type,
        @Nullable String payment,
        @Nullable Long amount,
        @Nullable String currency,
        String status,
        String reason,
        @Nullable String method,
        @Nullable String key,
        @Nullable String reference,
        Instant since,
        long ageSeconds,
        int tries,
        @Nullable Instant nextTry,
        boolean stuck,
        boolean anomalous) {

    /** As the engine tells it. */
    static OpenPayment of(UnresolvedPayment unresolved, Instant now) {
        return of(
                unresolved.principal(),
                unresolved.request(),
                unresolved.receipt(),
                unresolved.method(),
                unresolved.attempt().key(),
                unresolved.reference(),
                unresolved.since(),
                now,
                unresolved.tries(),
                unresolved.nextTry(),
                unresolved.isStuck(),
                unresolved.isAnomalous());
    }

    /** As it is recorded in a ledger of which no server runs, so that nobody asks about it. */
    static OpenPayment of(PaymentRecord record, Instant now) {
        boolean isAnomalous = record.course().anomalies() != 0;
        long sinceMillis = record.status() == Status.IN_DOUBT ? record.course().doubtMillis() : record.timeMillis();
        return of(
                record.principal(),
                record.request(),
                Ledger.receipt(record),
                null,
                null,
                record.course().reference(),
                Instant.ofEpochMilli(sinceMillis),
                now,
                0,
                null,
                isAnomalous,
                isAnomalous);
    }

    private static OpenPayment of(
            String principal,
            PaymentRequest request,
            Receipt receipt,
            @Nullable String method,
            @Nullable String key,
            @Nullable String reference,
            Instant since,
            Instant now,
            int tries,
            @Nullable Instant nextTry,
            boolean isStuck,
            boolean isAnomalous) {
        Money amount = receipt.amount();
        return new OpenPayment(
                request.id(),
                principal,
                request.type().code(),
                request.payment(),
                amount == null ? null : amount.minor(),
                amount == null ? null : amount.currency().getCurrencyCode(),
                receipt.status().code(),
                receipt.reason().code(),
                method,
                key,
                reference,
                since,
                Math.max(0, Duration.between(since, now).toSeconds()),
                tries,
                nextTry,
                isStuck,
                isAnomalous);
    }
}
