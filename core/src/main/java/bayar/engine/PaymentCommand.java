package bayar.engine;

import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Status;
import bayar.ledger.Ledger;
import bayar.ledger.Processing;
import org.jspecify.annotations.Nullable;

/** A verified request on its way through the committer. */
final class PaymentCommand extends Command implements Processing {
    private final Caller caller;
    private final Principal principal;
    private final PaymentRequest request;
    private final long deadlineMillis;
    private final int weightBytes;
    private final Outside outside;
    private @Nullable Receipt receipt;
    /** The method of whose processor a place was taken. */
    private @Nullable String admitted;

    PaymentCommand(
            Caller caller,
            Principal principal,
            PaymentRequest request,
            long deadlineMillis,
            int weightBytes,
            Outside outside) {
        this.caller = caller;
        this.principal = principal;
        this.request = request;
        this.deadlineMillis = deadlineMillis;
        this.weightBytes = weightBytes;
        this.outside = outside;
    }

    /** When it came, in the engine's nanoseconds. */
    long arrivedNanos() {
        return caller.arrivedNanos();
    }

    @Override
    int weightBytes() {
        return weightBytes;
    }

    @Override
    void expect(Ledger ledger) {
        ledger.expect(principal, request);
    }

    @Override
    void decide(Ledger ledger, long nowMillis) {
        release();
        receipt = ledger.decide(principal, request, deadlineMillis, nowMillis, this);
    }

    @Override
    public boolean knows(String method) {
        return outside.knows(method);
    }

    @Override
    public @Nullable Refusal admit(String method) {
        Refusal refusal = outside.admit(method);
        admitted = refusal == null ? method : null;
        caller.method(admitted);
        return refusal;
    }

    private void release() {
        if (admitted != null) {
            outside.release(admitted);
            admitted = null;
        }
    }

    @Override
    void answer(AnswerGroup group) {
        if (receipt == null) {
            throw new IllegalStateException("answered before it was decided");
        }
        boolean isWaitedFor = receipt.status() == Status.PENDING && receipt.original() == null;
        String message = receipt.message();
        if (isWaitedFor) {
            caller.waits(group);
            outside.await(caller, principal, request, receipt, deadlineMillis);
        } else if (receipt.status() == Status.BUSY && message != null) {
            refuse(new Refusal(receipt.reason(), receipt.field(), message), group);
        } else {
            caller.answer(principal, request, receipt, group);
        }
    }

    @Override
    void refuse(Refusal refusal, AnswerGroup group) {
        release();
        caller.refuse(request.id(), principal, request, refusal, group);
    }

    @Override
    void doubt(AnswerGroup group) {
        Reason reason = Reason.STORE_ERROR;
        Receipt unknown = new Receipt(
                request.id(), reason, MoneyEffect.UNKNOWN, false, 0, null, null, reason.sentence(), null, 0, null);
        caller.answer(principal, request, unknown, group);
    }
}
