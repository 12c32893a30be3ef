package bayar.engine;

import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.ledger.Ledger;
import org.jspecify.annotations.Nullable;

/** A verified request on its way through the committer. */
final class PaymentCommand implements Command {
    private final Caller caller;
    private final Principal principal;
    private final PaymentRequest request;
    private final long deadlineMillis;
    private final int weightBytes;
    private @Nullable Receipt receipt;

    PaymentCommand(Caller caller, Principal principal, PaymentRequest request, long deadlineMillis, int weightBytes) {
        this.caller = caller;
        this.principal = principal;
        this.request = request;
        this.deadlineMillis = deadlineMillis;
        this.weightBytes = weightBytes;
    }

    @Override
    public int weightBytes() {
        return weightBytes;
    }

    @Override
    public void decide(Ledger ledger, long nowMillis) {
        receipt = ledger.decide(principal, request, deadlineMillis, nowMillis);
    }

    @Override
    public void answer(AnswerGroup group) {
        if (receipt == null) {
            throw new IllegalStateException("answered before it was decided");
        }
        caller.answer(principal, request, receipt, group);
    }

    @Override
    public void refuse(Refusal refusal, AnswerGroup group) {
        caller.refuse(request.id(), principal, request, refusal, group);
    }

    @Override
    public void doubt(AnswerGroup group) {
        Reason reason = Reason.STORE_ERROR;
        Receipt unknown = new Receipt(
                request.id(), reason, MoneyEffect.UNKNOWN, false, 0, null, null, reason.sentence(), null, 0, null);
        caller.answer(principal, request, unknown, group);
    }
}
