package bayar.engine;

import bayar.Attempt;
import bayar.BayarException;
import bayar.Money;
import bayar.Notice;
import bayar.NotificationException;
import bayar.Outcome;
import bayar.Reason;
import bayar.Receipt;
import bayar.Resolution;
import bayar.Status;
import bayar.UnresolvedPayment;
import bayar.ledger.Evidence;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What people and processors bring to the ledger of their own accord. Its methods run in the committer's turn. */
final class Desk {
    private final Outside outside;

    Desk(Outside outside) {
        this.outside = outside;
    }

    /** A processor's own word on a payment. */
    Receipt take(String method, Notice notice, Ledger ledger, long nowMillis) {
        PaymentRecord payment = ledger.payment(AttemptKeys.sequence(notice.key()));
        boolean isOurs = payment != null
                && !payment.isStep()
                && ledger.method(payment).equals(method)
                && AttemptKeys.attempt(payment).key().equals(notice.key())
                && Ledger.isOutside(payment);
        if (!isOurs) {
            throw new NotificationException("there is no payment of processor " + method + " with this key");
        }
        if (!notice.outcome().isEvidence()) {
            // Nobody has asked: that nothing is known, or found, tells nothing about a call that may still be going on.
            return Ledger.receipt(payment);
        }
        Evidence evidence = Evidence.of(Source.NOTIFICATION, notice.outcome(), outside.finalityWindow(method));
        return Ledger.receipt(
                ledger.settle(payment.sequence(), evidence, nowMillis).payment());
    }

    List<UnresolvedPayment> unresolved(int max, Ledger ledger) {
        List<UnresolvedPayment> found = new ArrayList<>();
        ledger.unresolved(payment -> {
            found.add(unresolved(payment, ledger));
            return found.size() < max;
        });
        return found;
    }

    private UnresolvedPayment unresolved(PaymentRecord payment, Ledger ledger) {
        Attempt attempt = AttemptKeys.attempt(payment);
        Doubt doubt = outside.doubt(payment.sequence());
        boolean isAsked = doubt != null && doubt.nextTryMillis() != Doubt.NEVER;
        long sinceMillis =
                payment.status() == Status.IN_DOUBT ? payment.course().doubtMillis() : payment.timeMillis();
        return new UnresolvedPayment(
                payment.principal(),
                payment.request(),
                Ledger.receipt(payment),
                ledger.method(payment),
                attempt,
                payment.course().reference(),
                Instant.ofEpochMilli(sinceMillis),
                doubt == null ? 0 : doubt.tries(),
                isAsked ? Instant.ofEpochMilli(doubt.nextTryMillis()) : null,
                payment.course().anomalies() != 0);
    }

    /** An operator's word on a payment. */
    Receipt resolve(Resolution resolution, Ledger ledger, long nowMillis) {
        PaymentRecord payment = require(resolution.principal(), resolution.id(), ledger);
        long sequence = payment.sequence();
        String operator = resolution.operator();
        String because = resolution.because();
        PaymentRecord now = switch (resolution.decision()) {
            case REVERSE -> reverse(payment, operator, because, ledger, nowMillis);
            case ACKNOWLEDGE ->
                ledger.acknowledge(sequence, operator, because, nowMillis).payment();
            case APPROVED ->
                settle(payment, approved(payment, resolution.amount(), ledger), resolution, ledger, nowMillis);
            case DECLINED -> settle(payment, Outcome.declined(Reason.DO_NOT_HONOR), resolution, ledger, nowMillis);
            case NOT_EXECUTED -> settle(payment, Outcome.notExecuted(because), resolution, ledger, nowMillis);
        };
        return Ledger.receipt(now);
    }

    PaymentRecord require(String principal, String id, Ledger ledger) {
        PaymentRecord payment = ledger.payment(principal, id);
        if (payment == null) {
            throw new BayarException("principal " + principal + " has no payment " + id + " here");
        }
        return payment;
    }

    private PaymentRecord reverse(
            PaymentRecord payment, String operator, String because, Ledger ledger, long nowMillis) {
        String method = ledger.method(payment);
        if (!outside.canReverse(method)) {
            throw new BayarException("processor " + method + " undoes nothing; find out what it did, and resolve the"
                    + " payment as that");
        }
        return ledger.reverse(payment.sequence(), operator, because, nowMillis).payment();
    }

    private static PaymentRecord settle(
            PaymentRecord payment, Outcome outcome, Resolution resolution, Ledger ledger, long nowMillis) {
        Evidence evidence = Evidence.ofOperator(resolution.operator(), outcome.withNote(resolution.because()));
        return ledger.settle(payment.sequence(), evidence, nowMillis).payment();
    }

    private static Outcome approved(PaymentRecord payment, @Nullable Money amount, Ledger ledger) {
        Money whole = ledger.amount(payment);
        return amount == null || amount.equals(whole) ? Outcome.approved(whole) : Outcome.approvedPartly(amount);
    }
}
