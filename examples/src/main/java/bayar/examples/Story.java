package bayar.examples;

import bayar.BayarException;
import bayar.Money;
import bayar.Receipt;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.function.Supplier;

/** Tells a demo step by step. Not thread-safe. */
final class Story {
    private final Supplier<PrintWriter> out;
    private final long beginNanos = System.nanoTime();
    private int step;
    private String told = "";

    Story(Supplier<PrintWriter> out) {
        this.out = out;
    }

    void step(String text) {
        told = text;
        say("");
        say(String.format(Locale.ROOT, "%2d. %s", ++step, text));
    }

    void result(String text) {
        say("    -> " + text);
    }

    void say(String text) {
        PrintWriter writer = out.get();
        writer.println(text);
        writer.flush();
    }

    void end() {
        say("");
        say(String.format(
                Locale.ROOT,
                "All %d steps came out as told, in %.1f seconds.",
                step,
                (System.nanoTime() - beginNanos) / 1e9));
    }

    /** @throws BayarException if it is not as told */
    void check(boolean isAsTold, Object what) {
        if (!isAsTold) {
            throw wentWrong(String.valueOf(what));
        }
    }

    BayarException wentWrong(String what) {
        return new BayarException("step " + step + " (" + told + ") did not come out as told: " + what);
    }

    static String outcome(Receipt receipt) {
        String reason = receipt.reason().code();
        String status = receipt.status().code();
        return (reason.equals(status) ? status : status + ", " + reason)
                + (receipt.replayed() ? ", replayed" : "")
                + (receipt.sequence() > 0 ? ", number " + receipt.sequence() + " in the ledger" : "")
                + money(receipt);
    }

    private static String money(Receipt receipt) {
        return switch (receipt.money()) {
            case MOVED -> "";
            case HELD -> "; the money is held";
            case NOT_MOVED -> "; the money has not moved";
            case UNKNOWN -> "; nobody knows yet whether the money has moved";
        };
    }

    static String shown(Money money) {
        int digits = money.currency().getDefaultFractionDigits();
        return BigDecimal.valueOf(money.minor(), digits).toPlainString() + " "
                + money.currency().getCurrencyCode();
    }
}
