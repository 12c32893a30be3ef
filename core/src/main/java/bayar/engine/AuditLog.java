package bayar.engine;

import bayar.AccountId;
import bayar.Receipt;
import bayar.Resolution;
import bayar.auth.Key;
import bayar.auth.KeySet;
import bayar.codec.LogLine;
import bayar.ledger.Account;
import bayar.ledger.Limits;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line to the logger {@value #LOGGER}, at INFO, for whatever people change that is no payment: an account opened,
 * limits, an operator's word, and the keys that an engine starts with. After it is durable. Names are whole here: who keeps
 * this log apart may see them. Thread-safe.
 */
final class AuditLog {
    static final String LOGGER = "bayar.audit";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);
    private static final int MAX_KIDS = 50;

    private final LogLine.Format format;

    AuditLog(LogLine.Format format) {
        this.format = format;
    }

    private LogLine action(String action) {
        return new LogLine(format).add("action", action);
    }

    void started(String store, KeySet keys) {
        Collection<Key> all = keys.keys();
        String kids = all.stream().limit(MAX_KIDS).map(Key::id).collect(Collectors.joining(","));
        log.info(action("start")
                .add("store", store)
                .add("keys", all.size())
                .add("kids", all.size() > MAX_KIDS ? kids + ",…" : kids)
                .end());
    }

    void ended(String store, long lastSequence) {
        log.info(action("end").add("store", store).add("sequence", lastSequence).end());
    }

    void opened(Account account, long openingMinor) {
        LogLine line = action("open")
                .add("account", account.id())
                .add("opening", openingMinor)
                .add("currency", account.currency().getCurrencyCode());
        if (account.floor() != Long.MIN_VALUE) {
            line.add("floor", account.floor());
        }
        log.info(limits(line, account.spending().limits()).end());
    }

    void limited(AccountId account, Limits limits) {
        log.info(limits(action("limit").add("account", account), limits).end());
    }

    private static LogLine limits(LogLine line, Limits limits) {
        if (limits.perPaymentMinor() != Long.MAX_VALUE) {
            line.add("perPayment", limits.perPaymentMinor());
        }
        if (limits.perDayMinor() != Long.MAX_VALUE) {
            line.add("perDay", limits.perDayMinor());
        }
        if (limits.perWindowCount() != Integer.MAX_VALUE) {
            line.add("perWindow", limits.perWindowCount()).add("window", limits.window());
        }
        return line;
    }

    /** What an operator has said of a payment, whether or not it could be. */
    void resolved(Resolution resolution, @Nullable Receipt receipt, @Nullable Throwable failure) {
        LogLine line = action("resolve")
                .add("principal", resolution.principal())
                .add("id", resolution.id())
                .add("decision", resolution.decision().code());
        if (resolution.amount() != null) {
            line.add("amount", resolution.amount().minor())
                    .add("currency", resolution.amount().currency().getCurrencyCode());
        }
        line.add("operator", resolution.operator()).add("because", resolution.because());
        if (receipt != null) {
            line.add("status", receipt.status().code())
                    .add("reason", receipt.reason().code())
                    .add("sequence", receipt.sequence());
        }
        if (failure != null) {
            line.add("refused", failure.getMessage());
        }
        log.info(line.end());
    }
}
