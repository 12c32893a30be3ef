package bayar.testkit;

import bayar.Attempt;
import bayar.BayarException;
import bayar.BlockingProcessor;
import bayar.Capabilities;
import bayar.Notice;
import bayar.Notification;
import bayar.Outcome;
import bayar.Payment;
import bayar.Processor;
import bayar.ProcessorTraits;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** A blocking processor, called on threads that may wait. */
final class AsynchronousProcessor implements Processor {
    private final BlockingProcessor blocking;
    private final Executor threads;

    private AsynchronousProcessor(BlockingProcessor blocking, Executor threads) {
        this.blocking = blocking;
        this.threads = threads;
    }

    /** A processor that behaves like this one, of whichever kind it is. */
    static Processor of(ProcessorTraits processor, Executor threads) {
        if (processor instanceof Processor asynchronous) {
            return asynchronous;
        }
        if (processor instanceof BlockingProcessor blocking) {
            return new AsynchronousProcessor(blocking, threads);
        }
        throw new BayarException(processor + " is neither a Processor nor a BlockingProcessor");
    }

    @Override
    public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
        return call(() -> blocking.process(payment, attempt));
    }

    @Override
    public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
        return call(() -> blocking.inquire(payment, attempt));
    }

    @Override
    public CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
        return call(() -> blocking.reverse(payment, attempt));
    }

    private CompletionStage<Outcome> call(Callable<Outcome> call) {
        CompletableFuture<Outcome> stage = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                stage.complete(call.call());
            } catch (Exception e) {
                stage.completeExceptionally(e);
            }
        });
        return stage;
    }

    @Override
    public Capabilities capabilities() {
        return blocking.capabilities();
    }

    @Override
    public Notice read(Notification notification) {
        return blocking.read(notification);
    }
}
