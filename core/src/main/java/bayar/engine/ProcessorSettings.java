package bayar.engine;

import bayar.BayarException;
import java.time.Duration;

/**
 * How an engine treats one processor.
 *
 * @param timeout how long a call may take before the payment is in doubt; 1 ms to 1 hour, by default 10 s
 * @param permits the most payments at work at a time; 1 or more, by default 10,000. Beyond that requests are busy
 * @param threads the most threads that wait in a blocking processor at a time where there are no virtual ones; 1 or more,
 *     by default 32
 * @param inquiriesPerSecond the most inquiries and reversals begun in a second; 1 or more, by default 50
 * @param failureRatePercent the share of calls without a clear answer at which no more payments are taken for a while; 1
 *     to 100, by default 50
 * @param failureWindow how many of the last calls that share is taken of; 1 or more, by default 50
 * @param pause how long no payments are taken then, before a few are tried; 1 ms or more, by default 10 s
 */
public record ProcessorSettings(
        Duration timeout,
        int permits,
        int threads,
        int inquiriesPerSecond,
        int failureRatePercent,
        int failureWindow,
        Duration pause) {

    private static final Duration MAX_TIMEOUT = Duration.ofHours(1);

    /** What is said above. */
    public static final ProcessorSettings DEFAULT =
            new ProcessorSettings(Duration.ofSeconds(10), 10_000, 32, 50, 50, 50, Duration.ofSeconds(10));

    /** @throws BayarException if a setting is out of bounds */
    public ProcessorSettings {
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw new BayarException("a processor's timeout must be 1 ms to 1 hour, not " + timeout);
        }
        if (pause.compareTo(Duration.ofMillis(1)) < 0) {
            throw new BayarException("a processor's pause must be 1 ms or more, not " + pause);
        }
        if (permits < 1 || threads < 1 || inquiriesPerSecond < 1 || failureWindow < 1) {
            throw new BayarException("a processor's permits, threads, inquiriesPerSecond and failureWindow must be 1 or"
                    + " more: " + permits + ", " + threads + ", " + inquiriesPerSecond + ", " + failureWindow);
        }
        if (failureRatePercent < 1 || failureRatePercent > 100) {
            throw new BayarException("a processor's failureRatePercent must be 1 to 100, not " + failureRatePercent);
        }
    }

    /** These settings, with another timeout. */
    public ProcessorSettings timeout(Duration newTimeout) {
        return new ProcessorSettings(
                newTimeout, permits, threads, inquiriesPerSecond, failureRatePercent, failureWindow, pause);
    }

    /** These settings, with this many payments at work at a time. */
    public ProcessorSettings permits(int newPermits) {
        return new ProcessorSettings(
                timeout, newPermits, threads, inquiriesPerSecond, failureRatePercent, failureWindow, pause);
    }

    /** These settings, with this many threads for a blocking processor. */
    public ProcessorSettings threads(int newThreads) {
        return new ProcessorSettings(
                timeout, permits, newThreads, inquiriesPerSecond, failureRatePercent, failureWindow, pause);
    }

    /** These settings, with this many inquiries and reversals a second. */
    public ProcessorSettings inquiriesPerSecond(int newInquiries) {
        return new ProcessorSettings(timeout, permits, threads, newInquiries, failureRatePercent, failureWindow, pause);
    }

    /** These settings, with no more payments taken for a while when so many percent of the last calls had no clear answer. */
    public ProcessorSettings failures(int ratePercent, int window, Duration newPause) {
        return new ProcessorSettings(timeout, permits, threads, inquiriesPerSecond, ratePercent, window, newPause);
    }
}
