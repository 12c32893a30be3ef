package bayar.client;

import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to an outcome, over as many tries as that takes. Guarded by the client's lock.
 *
 * <p>It keeps count of what could still have been done behind the client's back: tries that were not answered, and
 * answers that said it is not settled. While there is either, a refusal of a later try proves nothing.
 */
final class Call {
    final PaymentRequest request;
    /** The trace that it was first sent in. */
    final @Nullable String traceparent;

    /** One for each caller who sent this request while it was on its way. */
    final List<CompletableFuture<Receipt>> futures = new ArrayList<>(1);

    /** Where the present try went, or null while none is out. */
    PaymentClient.@Nullable Link link;

    /** Whether it waits in the client's outbox. */
    boolean isQueued;

    int tries;
    /** How many replies {@link #link} had brought when the present try went out. */
    long repliesBefore;

    @Nullable
    Receipt lastReceipt;

    private int unansweredTries;
    private int answersThatSettleNothing;
    private boolean isRecorded;
    private @Nullable Future<?> tryTimer;
    private @Nullable Future<?> deadlineTimer;

    Call(PaymentRequest request, @Nullable String traceparent) {
        this.traceparent = traceparent;
        this.request = request;
    }

    String id() {
        return request.id();
    }

    void deadline(Future<?> timer) {
        deadlineTimer = timer;
    }

    /** A try goes out on this link. */
    void begins(PaymentClient.Link on) {
        link = on;
        repliesBefore = on.replies;
        tries++;
        unansweredTries++;
    }

    /** What wakes this call up if nothing else does; takes the place of the one before. */
    void timer(@Nullable Future<?> timer) {
        if (tryTimer != null) {
            tryTimer.cancel(false);
        }
        tryTimer = timer;
    }

    void cancelTimers() {
        timer(null);
        if (deadlineTimer != null) {
            deadlineTimer.cancel(false);
        }
    }

    /** Takes note of an answer. */
    void answered(Receipt receipt) {
        lastReceipt = receipt;
        link = null;
        unansweredTries = Math.max(0, unansweredTries - 1);
        answersThatSettleNothing++;
        isRecorded |= receipt.status().isRecorded();
    }

    /** How many answers did not settle it, the last one included. */
    int answersThatSettleNothing() {
        return answersThatSettleNothing;
    }

    /** Whether this answer is how the request ended. */
    boolean isSettledBy(Receipt receipt) {
        Status status = receipt.status();
        if (status.isFinal()) {
            return true;
        }
        if (status == Status.BUSY) {
            return false;
        }
        // An inquiry moves nothing; and an id that belongs to another request cannot have been used by this one.
        return request.type() == Operation.INQUIRY
                || receipt.reason() == Reason.ID_REUSED
                || (status == Status.REJECTED && nothingCanHaveBeenDone());
    }

    /** Whether every try was answered, and every answer said that nothing was recorded. */
    boolean nothingCanHaveBeenDone() {
        return unansweredTries == 0 && !isRecorded;
    }
}
