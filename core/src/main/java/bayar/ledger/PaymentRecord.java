package bayar.ledger;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Status;
import org.jspecify.annotations.Nullable;

/**
 * One recorded decision: the request, the outcome, and where it stands in the one order of the ledger.
 *
 * <p>Read from the books it tells how the payment stands now: {@code timeMillis}, {@code reason}, {@code money}, {@code
 * sums}, {@code expiresMillis} and {@code course} are then those after all that was recorded about it later.
 *
 * @param sequence its place, from 1, without gaps
 * @param timeMillis when it was decided, in milliseconds since 1970 UTC; never less than that of the record before
 * @param principal whose request it was; with the request's id unique
 * @param request what was asked for
 * @param reason the outcome; its status is one that is recorded
 * @param money what became of the money. Where both accounts are there, {@link MoneyEffect#MOVED} means one posting of the
 *     amount from {@code debited} to {@code credited}, {@link MoneyEffect#HELD} that it is held on {@code debited}
 * @param debited the account that was, or would have been, debited; null when that was not established
 * @param credited the account that was, or would have been, credited; null when that was not established
 * @param sums the sums of the payment that this request began; {@link PaymentSums#NONE} for a request that acts on an
 *     earlier one, or moved nothing
 * @param expiresMillis when what it still holds is released, in milliseconds since 1970 UTC; 0 when it held nothing
 * @param course what has become of it outside; {@link Course#NONE} for what no processor does
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
        long expiresMillis,
        Course course) {

    /** A record of what no processor does. */
    public PaymentRecord(
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
        this(
                sequence,
                timeMillis,
                principal,
                request,
                reason,
                money,
                debited,
                credited,
                sums,
                expiresMillis,
                Course.NONE);
    }

    /** A record of what holds nothing. */
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

    /** Whether it is an authorization of which something is held that nothing is reserved for. */
    public boolean isOpen() {
        return expiresMillis != 0 && sums.free() > 0;
    }

    /** What became of it. */
    public Status status() {
        return reason.status();
    }

    /** Whether somebody has to see to it: it is pending or in doubt, or there are anomalies that nobody acknowledged. */
    public boolean isUnresolved() {
        return !isStep() && (!status().isFinal() || course.anomalies() != 0);
    }

    /** The amount that was decided on, or asked for; null where the type carries none and nothing was decided. */
    public @Nullable Money amount() {
        return course.amount() != null ? course.amount() : request.amount();
    }

    /** When the ledger took it on, in milliseconds since 1970 UTC. */
    public long takenMillis() {
        return course.step() == 0 ? timeMillis : course.takenMillis();
    }

    /** Whether it tells what became of the payment {@linkplain #about}, instead of being one. */
    public boolean isStep() {
        return about() != 0;
    }

    /** The sequence of the payment that this record tells more about; 0 when it is a payment itself. */
    public long about() {
        return request.type().isForClients() ? 0 : StepId.payment(request.id());
    }

    /** This record with other sums. */
    public PaymentRecord withSums(PaymentSums newSums) {
        return new PaymentRecord(
                sequence,
                timeMillis,
                principal,
                request,
                reason,
                money,
                debited,
                credited,
                newSums,
                expiresMillis,
                course);
    }

    /** This record, another way outside. */
    PaymentRecord withCourse(Course newCourse) {
        return new PaymentRecord(
                sequence,
                timeMillis,
                principal,
                request,
                reason,
                money,
                debited,
                credited,
                sums,
                expiresMillis,
                newCourse);
    }

    /** How the payment stands after {@code step}, a record about it that tells so. */
    public PaymentRecord after(PaymentRecord step, PaymentSums newSums, Course newCourse) {
        return new PaymentRecord(
                sequence,
                step.timeMillis(),
                principal,
                request,
                step.reason(),
                step.money(),
                debited,
                credited,
                newSums,
                step.expiresMillis(),
                newCourse);
    }
}
