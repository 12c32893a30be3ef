package bayar.engine;

import bayar.AccountId;
import bayar.AnswerEvent;
import bayar.Extension;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Stages;
import bayar.Status;
import bayar.codec.LogLine;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each answered request to the logger {@value #LOGGER}, at INFO: who, what, how much, the outcome,
 * how long it took and in which stages, as {@code key=value} or as JSON. Accounts are masked; metadata, keys and
 * signatures never appear.
 *
 * <p>Approvals beyond {@value #LINES_PER_SECOND} a second are counted in one line instead, and so are those that are busy:
 * that is decided before a line costs anything. The count comes before the first line after its second, or at the
 * engine's end. Declines and everything else that is no success are always written. Where
 * the log cannot keep up even with these, a line says how many are missing, for each reason.
 */
public final class RequestLog implements Extension {
    /** The name of the logger. */
    public static final String LOGGER = "bayar.request";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);
    private static final int LINES_PER_SECOND = 1000;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final LongSupplier nanoTicker;
    private final LogLine line;
    private final Sample approved;
    private final Sample busy;
    private final AtomicLongArray missed = new AtomicLongArray(Reason.values().length);
    private final AtomicLong missedAtAll = new AtomicLong();

    /** A log in text. */
    public RequestLog(LongSupplier nanoTicker) {
        this(nanoTicker, LogLine.Format.TEXT);
    }

    /** @param nanoTicker tells a second from the next, in nanoseconds */
    public RequestLog(LongSupplier nanoTicker, LogLine.Format format) {
        this.nanoTicker = nanoTicker;
        this.line = new LogLine(format);
        this.approved = new Sample("approved");
        this.busy = new Sample("busy");
    }

    /** Says which answers get a line, before anything is put into one. */
    Watcher.Sieve sieve() {
        return new Watcher.Sieve() {
            @Override
            public boolean takes(AnswerEvent answer) {
                if (!log.isInfoEnabled()) {
                    return false;
                }
                Status status = answer.receipt().status();
                return status == Status.APPROVED ? approved.takes() : status != Status.BUSY || busy.takes();
            }

            @Override
            public void missed(AnswerEvent answer) {
                missed.incrementAndGet(answer.receipt().reason().ordinal());
                missedAtAll.incrementAndGet();
            }

            @Override
            public void ended() {
                approved.end();
                busy.end();
                tellCounted();
            }
        };
    }

    @Override
    public void onAnswer(AnswerEvent event) {
        approved.endSecond();
        busy.endSecond();
        tellCounted();
        log.info(line(event));
    }

    private void tellCounted() {
        approved.tellUntold();
        busy.tellUntold();
        if (missedAtAll.get() > 0) {
            tellMissed();
        }
    }

    private void tellMissed() {
        missedAtAll.set(0);
        for (Reason reason : Reason.values()) {
            long count = missed.getAndSet(reason.ordinal(), 0);
            if (count > 0) {
                log.warn(line.add("missing", count)
                        .add("reason", reason.code())
                        .add("because", "the log is too slow")
                        .end());
            }
        }
    }

    /** Counts the lines of one kind in each second. Thread-safe. */
    private final class Sample {
        private final String kind;
        private final AtomicInteger thisSecond = new AtomicInteger();
        private final AtomicLong untold = new AtomicLong();
        private volatile long secondStartNanos = nanoTicker.getAsLong();

        Sample(String kind) {
            this.kind = kind;
        }

        /** As long as it is not too many nobody looks at the clock. */
        boolean takes() {
            return thisSecond.incrementAndGet() <= LINES_PER_SECOND || isNextSecond();
        }

        private boolean isNextSecond() {
            long now = nanoTicker.getAsLong();
            return now - secondStartNanos >= SECOND_NANOS && begin(now);
        }

        private synchronized boolean begin(long now) {
            if (now - secondStartNanos < SECOND_NANOS) {
                // It was counted in the second that another thread has ended meanwhile, and belongs to this one.
                untold.decrementAndGet();
                return thisSecond.incrementAndGet() <= LINES_PER_SECOND;
            }
            secondStartNanos = now;
            // This one was counted too, and gets its line.
            count(thisSecond.getAndSet(1) - 1);
            return true;
        }

        private void count(int taken) {
            untold.addAndGet(Math.max(0, taken - LINES_PER_SECOND));
        }

        /** Ends a second that is over although nothing of this kind has come since. The extension's own thread. */
        void endSecond() {
            if (thisSecond.get() > LINES_PER_SECOND && nanoTicker.getAsLong() - secondStartNanos >= SECOND_NANOS) {
                end();
            }
        }

        /** Ends the second as it is. The extension's own thread. */
        synchronized void end() {
            secondStartNanos = nanoTicker.getAsLong();
            count(thisSecond.getAndSet(0));
        }

        /** The extension's own thread. */
        void tellUntold() {
            long count = untold.get() <= 0 ? 0 : untold.getAndSet(0);
            if (count > 0) {
                log.info(line.add(kind, count)
                        .add("because", "without a line of their own")
                        .end());
            }
        }
    }

    private String line(AnswerEvent event) {
        Receipt receipt = event.receipt();
        PaymentRequest request = event.request();
        line.add("id", receipt.id()).add("principal", event.principal());
        if (request != null) {
            line.add("type", request.type().code())
                    .add("payment", request.payment())
                    .add("payer", AccountId.masked(request.payer()))
                    .add("payee", AccountId.masked(request.payee()));
            if (request.amount() != null) {
                line.add("amount", request.amount().minor())
                        .add("currency", request.amount().currency().getCurrencyCode());
            }
        }
        line.add("status", receipt.status().code())
                .add("reason", receipt.reason().code())
                .add("field", receipt.field());
        if (receipt.sequence() > 0) {
            line.add("sequence", receipt.sequence());
        }
        Stages stages = event.stages();
        line.add("replayed", receipt.replayed()).add("micros", stages.totalNanos() / 1000);
        addStage("decodeMicros", stages.decodeNanos());
        addStage("verifyMicros", stages.verifyNanos());
        addStage("queueMicros", stages.queueNanos());
        addStage("commitMicros", stages.commitNanos());
        addStage("processorMicros", stages.processorNanos());
        return line.add("peer", event.peer()).end();
    }

    private void addStage(String key, long nanos) {
        if (nanos > 0) {
            line.add(key, nanos / 1000);
        }
    }
}
