package bayar.ledger;

import bayar.AccountId;
import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import org.jspecify.annotations.Nullable;

/**
 * One recorded decision: the request, the outcome, and where it stands in the one order of the ledger.
 *
 * @param sequence its place, from 1, without gaps
 * @param timeMillis when it was decided, in milliseconds since 1970 UTC; never less than that of the record before
 * @param principal whose request it was; with the request's id unique
 * @param request what was asked for
 * @param reason the outcome; its status is one that is recorded
 * @param money what became of the money; {@link MoneyEffect#MOVED} means one posting of the request's amount from
 *     {@code debited} to {@code credited}, {@link MoneyEffect#HELD} that it is held on {@code debited}
 * @param debited the account that was, or would have been, debited; null when that was not established
 * @param credited the account that was, or would have been, credited; null when that was not established
 * @param sums the sums of the payment that this request began; {@link PaymentSums#NONE} for a request that acts on an
 *     earlier one, or moved nothing
 * @param expiresMillis when what it still holds is released, in milliseconds since 1970 UTC; 0 when it held nothing
 */
public record PaymentRecord(
        long sequence,
        long timeMillis,
        String principal,
        PaymentRequest request,
        Reason reason,
        MoneyEffect money,
        @Nullable AccountId debited,
        @Nullable AccountId credited,
        PaymentSums sums,
        long expiresMillis) {

    /** A record of what held nothing. */
    public PaymentRecord(
            long sequence,
            long timeMillis,
            String principal,
            PaymentRequest request,
            Reason reason,
            MoneyEffect money,
            @Nullable AccountId debited,
            @Nullable AccountId credited,
            PaymentSums sums) {
        this(sequence, timeMillis, principal, request, reason, money, debited, credited, sums, 0);
    }

    /** Whether it is an authorization of which something is still held. */
    public boolean isOpen() {
        return expiresMillis != 0 && sums.open() > 0;
    }

    /** This record with other sums. */
    public PaymentRecord withSums(PaymentSums newSums) {
        return new PaymentRecord(
                sequence, timeMillis, principal, request, reason, money, debited, credited, newSums, expiresMillis);
    }
}
