package bayar.engine;

import bayar.PaymentEvent;
import bayar.PaymentHistory;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import bayar.store.History;
import bayar.store.PaymentStore;
import java.util.ArrayList;
import java.util.List;

/** Finds what was recorded about one payment, by reading the ledger on from it. */
final class PastOf {
    private static final int PAGE = 1000;

    /** How far to read on: about a second's work, for a question that a person asks. */
    private static final int MAX_READ = 200_000;

    private static final int MAX_EVENTS = 200;

    private PastOf() {}

    /** @param now the payment as it stands now */
    static PaymentHistory payment(PaymentRecord now, PaymentStore store) {
        List<PaymentEvent> events = new ArrayList<>();
        long from = now.sequence() - 1;
        long last = from;
        boolean isAtEnd = false;
        try (History history = store.history()) {
            PaymentRecord first = now;
            while (!isAtEnd && last - from < MAX_READ && events.size() < MAX_EVENTS) {
                List<PaymentRecord> page = history.after(last, PAGE);
                for (PaymentRecord record : page) {
                    first = record.sequence() == now.sequence() ? record : first;
                    if (isAbout(record, now) && events.size() < MAX_EVENTS) {
                        events.add(Ledger.event(record, record.isStep() ? first : record));
                    }
                }
                isAtEnd = page.size() < PAGE;
                last += page.size();
            }
            isAtEnd &= events.size() < MAX_EVENTS;
            long lastStep = now.course().step();
            PaymentRecord step = lastStep > last ? history.at(lastStep) : null;
            if (step != null) {
                events.add(Ledger.event(step, first));
            }
        }
        return new PaymentHistory(Ledger.receipt(now), events, isAtEnd);
    }

    private static boolean isAbout(PaymentRecord record, PaymentRecord payment) {
        boolean isItself = record.sequence() == payment.sequence();
        boolean isStep = record.about() == payment.sequence();
        boolean actsOnIt = record.principal().equals(payment.principal())
                && payment.request().id().equals(record.request().payment());
        boolean isItsExpiry = record.principal().equals(Ledger.PRINCIPAL)
                && Ledger.sequenceOfExpired(record.request().id()) == payment.sequence();
        return isItself || isStep || actsOnIt || isItsExpiry;
    }
}
