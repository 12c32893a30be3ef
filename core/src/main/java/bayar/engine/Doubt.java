package bayar.engine;

import bayar.Attempt;
import bayar.Payment;
import java.time.Duration;
import java.util.List;

/** A payment in doubt, about which its processor is asked again and again. Written by the thread of {@link Outside}. */
final class Doubt {
    /** How long to wait before each try; the last one for ever after. */
    private static final List<Duration> WAITS = List.of(
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            Duration.ofDays(1));

    /** How far a wait is stretched or shortened at most, so that what fell into doubt together is not asked together. */
    private static final double JITTER = 0.2;

    /** Not to be asked about any more. */
    static final long NEVER = Long.MAX_VALUE;

    final Payment payment;
    final Attempt attempt;
    private volatile boolean isBeingReversed;
    private volatile boolean isInquirable;
    private volatile boolean isSentAgain;
    private boolean isBeingAsked;
    private volatile int tries;
    /** How many of these belong to the way it is asked about now: the waits begin anew with a reversal. */
    private int triesThisWay;

    private volatile long nextTryMillis = NEVER;

    Doubt(Payment payment, Attempt attempt, boolean isInquirable) {
        this.payment = payment;
        this.attempt = attempt;
        this.isInquirable = isInquirable;
    }

    long sequence() {
        return payment.sequence();
    }

    int tries() {
        return tries;
    }

    long nextTryMillis() {
        return nextTryMillis;
    }

    boolean isBeingReversed() {
        return isBeingReversed;
    }

    void reverse() {
        isBeingReversed = true;
        triesThisWay = 0;
    }

    boolean isInquirable() {
        return isInquirable;
    }

    /** The processor has said that it cannot be asked about this one. */
    void cannotBeInquired() {
        isInquirable = false;
    }

    /** Whether it may have been sent more than once. */
    boolean isSentAgain() {
        return isSentAgain;
    }

    void sendAgain() {
        isSentAgain = true;
    }

    /** Whether a call about it is going on. */
    boolean isBeingAsked() {
        return isBeingAsked;
    }

    void isBeingAsked(boolean asked) {
        isBeingAsked = asked;
    }

    void tryAt(long millis) {
        nextTryMillis = millis;
    }

    void tried() {
        tries++;
        triesThisWay++;
    }

    /** How long to wait before the next try. The jitter follows from the payment and the try, so that it can be repeated. */
    long waitMillis() {
        long wait = WAITS.get(Math.min(triesThisWay, WAITS.size() - 1)).toMillis();
        long mixed = (sequence() * 31 + tries) * 0x9e3779b97f4a7c15L;
        double within = (mixed >>> 11) / (double) (1L << 53) * 2 - 1;
        return wait + (long) (wait * JITTER * within);
    }
}
