package bayar.engine;

import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who wait to hear what became of payments that are pending: until it is known, or their time is up. Thread-safe. */
final class WaitingCallers {
    private static final Logger log = LoggerFactory.getLogger(WaitingCallers.class);

    private record Waiter(
            Caller caller, Principal principal, PaymentRequest request, Receipt pending, long deadlineMillis) {

        /** What keeps one from its answer keeps nobody else: the receipt stands, whoever asks again gets it. */
        void answer(Receipt receipt, AnswerGroup group) {
            try {
                caller.answer(principal, request, pending.replayed() ? receipt.asReplayed() : receipt, group);
            } catch (RuntimeException | Error e) {
                log.error("an answer about {} was lost; its sender will ask again and get it", request.id(), e);
            }
        }
    }

    private final Map<Long, List<Waiter>> waitersBySequence = new HashMap<>();
    private boolean isAwaited;

    /** @param pending the answer when the time is up before anything is known */
    synchronized void add(
            Caller caller, Principal principal, PaymentRequest request, Receipt pending, long deadlineMillis) {
        waitersBySequence
                .computeIfAbsent(pending.sequence(), sequence -> new ArrayList<>(1))
                .add(new Waiter(caller, principal, request, pending, deadlineMillis));
    }

    /** Answers all who wait for this payment. */
    void answer(Receipt receipt, AnswerGroup group) {
        List<Waiter> waiters;
        synchronized (this) {
            waiters = waitersBySequence.remove(receipt.sequence());
            tellIfNone();
        }
        if (waiters != null) {
            waiters.forEach(waiter -> waiter.answer(receipt, group));
        }
    }

    /** Waits until nobody waits any more, for this long at most. */
    synchronized void awaitNone(long timeoutMillis) throws InterruptedException {
        if (!waitersBySequence.isEmpty() && timeoutMillis > 0) {
            isAwaited = true;
            wait(timeoutMillis);
        }
    }

    /** Answers those whose time is up that the payment is pending. */
    void answerOverdue(long nowMillis, AnswerGroup group) {
        List<Waiter> overdue = new ArrayList<>();
        synchronized (this) {
            Iterator<List<Waiter>> all = waitersBySequence.values().iterator();
            while (all.hasNext()) {
                List<Waiter> waiters = all.next();
                waiters.removeIf(waiter -> waiter.deadlineMillis() <= nowMillis && overdue.add(waiter));
                if (waiters.isEmpty()) {
                    all.remove();
                }
            }
            tellIfNone();
        }
        overdue.forEach(waiter -> waiter.answer(waiter.pending(), group));
    }

    private void tellIfNone() {
        if (isAwaited && waitersBySequence.isEmpty()) {
            notifyAll();
        }
    }

    synchronized boolean isEmpty() {
        return waitersBySequence.isEmpty();
    }
}
