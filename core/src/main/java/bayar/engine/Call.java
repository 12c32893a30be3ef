package bayar.engine;

import bayar.Attempt;
import bayar.Outcome;
import bayar.Payment;
import bayar.Reason;
import bayar.ledger.Source;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One call to a processor. */
final class Call {
    final Line line;
    final Payment payment;
    final Attempt attempt;
    /** What is called: to process, to inquire or to reverse. */
    final Source source;
    /** Whether it has a place of its line's, to be given back. */
    final boolean holdsPlace;

    /** When it began, in milliseconds since 1970 UTC: an answer tells of nothing later for certain. */
    final long beganMillis;

    final long deadlineNanos;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private @Nullable CompletionStage<Outcome> stage;

    Call(
            Line line,
            Payment payment,
            Attempt attempt,
            Source source,
            boolean holdsPlace,
            long nowMillis,
            long nowNanos) {
        this.line = line;
        this.payment = payment;
        this.attempt = attempt;
        this.source = source;
        this.holdsPlace = holdsPlace;
        this.beganMillis = nowMillis;
        this.deadlineNanos = nowNanos + line.settings.timeout().toNanos();
    }

    /** Has the processor begin it. What it throws is its answer. */
    CompletionStage<Outcome> begin() {
        CompletionStage<Outcome> begun = switch (source) {
            case PROCESS -> line.processor.process(payment, attempt);
            case INQUIRY -> line.processor.inquire(payment, attempt);
            default -> line.processor.reverse(payment, attempt);
        };
        stage = begun;
        return begun;
    }

    /** Ends it; false when it was over already. */
    boolean end() {
        return isOver.compareAndSet(false, true);
    }

    /** Its time is up: what is to be said of it. */
    Outcome giveUp() {
        if (stage instanceof BlockingAdapter.Waiting waiting && waiting.giveUp()) {
            return source == Source.PROCESS
                    ? Outcome.notExecuted("no thread was free to call the processor in time")
                    : Outcome.unknown("no thread was free to call the processor in time");
        }
        return Outcome.unknown(
                Reason.PROCESSOR_TIMEOUT,
                "no answer within " + line.settings.timeout().toMillis() + " ms");
    }
}
