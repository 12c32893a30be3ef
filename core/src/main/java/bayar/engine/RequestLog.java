package bayar.engine;

import bayar.AccountId;
import bayar.AnswerEvent;
import bayar.Extension;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Status;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each answered request to the logger {@value #LOGGER}, at INFO: who, what, how much, the outcome and
 * how long it took, as {@code key=value}. Accounts are masked; metadata, keys and signatures never appear.
 *
 * <p>Approvals beyond {@value #LINES_PER_SECOND} a second are counted in one line instead, and so are those that are busy;
 * declines and what is rejected are always written, as far as the log keeps up.
 */
public final class RequestLog implements Extension {
    /** The name of the logger. */
    public static final String LOGGER = "bayar.request";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);
    private static final int LINES_PER_SECOND = 1000;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int SHOWN_CHARS = 4;

    private final LongSupplier nanoTicker;
    private final StringBuilder line = new StringBuilder(256);
    private final Sample approved;
    private final Sample busy;

    /** @param nanoTicker tells a second from the next, in nanoseconds */
    public RequestLog(LongSupplier nanoTicker) {
        this.nanoTicker = nanoTicker;
        this.approved = new Sample("approved");
        this.busy = new Sample("busy");
    }

    /** Whether anybody would see the lines. */
    static boolean isEnabled() {
        return log.isInfoEnabled();
    }

    @Override
    public void onAnswer(AnswerEvent event) {
        Status status = event.receipt().status();
        boolean isOneTooMany =
                status == Status.APPROVED ? approved.isOneTooMany() : status == Status.BUSY && busy.isOneTooMany();
        if (!isOneTooMany) {
            log.info(line(event));
        }
    }

    /** Counts the lines of one kind in each second. */
    private final class Sample {
        private final String kind;
        private long secondStartNanos = nanoTicker.getAsLong();
        private int thisSecond;

        Sample(String kind) {
            this.kind = kind;
        }

        boolean isOneTooMany() {
            long now = nanoTicker.getAsLong();
            if (now - secondStartNanos >= SECOND_NANOS) {
                if (thisSecond > LINES_PER_SECOND) {
                    log.info("{}={} without a line of their own", kind, thisSecond - LINES_PER_SECOND);
                }
                secondStartNanos = now;
                thisSecond = 0;
            }
            return ++thisSecond > LINES_PER_SECOND;
        }
    }

    private String line(AnswerEvent event) {
        Receipt receipt = event.receipt();
        PaymentRequest request = event.request();
        line.setLength(0);
        add("id", receipt.id());
        add("principal", event.principal());
        if (request != null) {
            add("type", request.type().code());
            add("payment", request.payment());
            add("payer", masked(request.payer()));
            add("payee", masked(request.payee()));
            if (request.amount() != null) {
                add("amount", request.amount().minor());
                add("currency", request.amount().currency().getCurrencyCode());
            }
        }
        add("status", receipt.status().code());
        add("reason", receipt.reason().code());
        add("field", receipt.field());
        if (receipt.sequence() > 0) {
            add("sequence", receipt.sequence());
        }
        add("replayed", receipt.replayed());
        add("micros", event.stages().totalNanos() / 1000);
        add("peer", event.peer());
        return line.toString();
    }

    private void add(String key, @Nullable Object value) {
        if (value != null) {
            line.append(line.isEmpty() ? "" : " ").append(key).append('=').append(value);
        }
    }

    /** The end of an account's name, a third of it and {@value #SHOWN_CHARS} characters at most, behind three stars. */
    private static @Nullable String masked(@Nullable AccountId account) {
        if (account == null) {
            return null;
        }
        String name = account.value();
        int shown = Math.min(SHOWN_CHARS, name.length() / 3);
        return "***" + name.substring(name.length() - shown);
    }
}
