package bayar.testkit;

import bayar.Attempt;
import bayar.Capabilities;
import bayar.Notice;
import bayar.Notification;
import bayar.Outcome;
import bayar.Payment;
import bayar.Processor;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** A processor before another one, that sees every call. */
abstract class RelayedProcessor implements Processor {
    private final Processor behind;

    RelayedProcessor(Processor behind) {
        this.behind = behind;
    }

    /** Answers a call; {@code relayed} makes it. */
    abstract CompletionStage<Outcome> call(
            ScriptedProcessor.Kind kind, Attempt attempt, Supplier<CompletionStage<Outcome>> relayed);

    @Override
    public final CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
        return call(ScriptedProcessor.Kind.PROCESS, attempt, () -> behind.process(payment, attempt));
    }

    @Override
    public final CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
        return call(ScriptedProcessor.Kind.INQUIRE, attempt, () -> behind.inquire(payment, attempt));
    }

    @Override
    public final CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
        return call(ScriptedProcessor.Kind.REVERSE, attempt, () -> behind.reverse(payment, attempt));
    }

    @Override
    public final Capabilities capabilities() {
        return behind.capabilities();
    }

    @Override
    public Notice read(Notification notification) {
        return behind.read(notification);
    }
}
