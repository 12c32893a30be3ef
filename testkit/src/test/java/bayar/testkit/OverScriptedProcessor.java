package bayar.testkit;

import bayar.Attempt;
import bayar.Money;
import bayar.Notification;
import bayar.PaymentRequest;
import bayar.ProcessorTraits;
import bayar.Reason;
import org.jspecify.annotations.Nullable;

/** The contract of processors, over an outside world that a test scripts. */
class OverScriptedProcessor extends ProcessorContract {
    private static final Money TOO_MUCH = Money.of(500_00, "MYR");

    final ScriptedProcessor card;

    OverScriptedProcessor(ScriptedProcessor card) {
        this.card = card.when(payment -> payment.amount().equals(TOO_MUCH), Behavior.declines(Reason.SUSPECTED_FRAUD));
    }

    @Override
    protected ProcessorTraits processor() {
        return card;
    }

    @Override
    protected PaymentRequest approvedPayment() {
        return PaymentRequest.sale("template", "alice", "kedai", Money.of(12_50, "MYR"));
    }

    @Override
    protected PaymentRequest declinedPayment() {
        return PaymentRequest.sale("template", "alice", "kedai", TOO_MUCH);
    }

    @Override
    protected Charge chargedBy(Attempt attempt) {
        ScriptedProcessor.Entry entry = card.entry(attempt.key());
        return entry == null || entry.state() != ScriptedProcessor.Entry.State.DONE
                ? Charge.NONE
                : new Charge(entry.times(), entry.times() * entry.amount().minor());
    }

    @Override
    protected @Nullable Notification notificationAbout(Attempt attempt) {
        return card.notification(attempt.key());
    }

    @Override
    protected boolean cutNextCall(Cut where) {
        card.next(where == Cut.BEFORE_THE_EFFECT ? Behavior.failsBeforeTheEffect() : Behavior.failsAfterTheEffect());
        return true;
    }
}
