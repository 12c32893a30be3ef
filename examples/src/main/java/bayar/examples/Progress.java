package bayar.examples;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells how far a long command is, on standard error: on a terminal in one line that is written over, elsewhere in a line
 * every {@value #SECONDS_BETWEEN_LINES} seconds. Nothing is told of what is done within a second. Not thread-safe.
 */
final class Progress implements AutoCloseable {
    private static final int SECONDS_BETWEEN_LINES = 10;
    private static final long LOOK_EVERY = 1_024;
    private static final String CLEARED = "\r\u001b[K";

    private final PrintWriter err;
    private final String what;
    private final boolean isTerminal;
    private final LongSupplier nanoTicker;
    private final long beganNanos;
    private long toldNanos;
    private long done;
    private boolean isOnLine;

    /** @param what is counted, such as {@code payments checked} */
    Progress(PrintWriter err, String what, boolean isTerminal, LongSupplier nanoTicker) {
        this.err = err;
        this.what = what;
        this.isTerminal = isTerminal;
        this.nanoTicker = nanoTicker;
        beganNanos = nanoTicker.getAsLong();
        toldNanos = beganNanos;
    }

    /** For a command that this process runs. */
    static Progress of(PrintWriter err, String what) {
        return new Progress(err, what, isTerminal(), System::nanoTime);
    }

    /** Whether somebody looks at a terminal. */
    static boolean isTerminal() {
        return System.console() != null && System.getenv("TERM") != null;
    }

    /** One more is done. */
    void step() {
        done++;
        if (done % LOOK_EVERY == 0) {
            at(done);
        }
    }

    /** So many are done now. */
    void at(long count) {
        done = count;
        long now = nanoTicker.getAsLong();
        long pauseNanos = TimeUnit.SECONDS.toNanos(isTerminal ? 1 : SECONDS_BETWEEN_LINES);
        if (now - toldNanos < pauseNanos) {
            return;
        }
        toldNanos = now;
        String line = String.format(
                Locale.ROOT, "%,d %s, %,.0f/s", done, what, done / Math.max(1e-3, (now - beganNanos) / 1e9));
        if (isTerminal) {
            err.print(CLEARED + line);
            isOnLine = true;
        } else {
            err.println(line);
        }
        err.flush();
    }

    /** Takes the line away, so that what is told next begins at its own. */
    @Override
    public void close() {
        if (isOnLine) {
            err.print(CLEARED);
            err.flush();
            isOnLine = false;
        }
    }
}
