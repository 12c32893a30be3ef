package bayar.engine;

import bayar.BayarException;
import bayar.Refusal;
import bayar.ledger.Ledger;
import bayar.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Something that the host itself has the committer do in its turn, such as opening an account or reading one. */
final class HostCommand<T> extends Command {
    /** What to do in the ledger; a {@link BayarException} is the host's answer, and changes nothing. */
    interface Work<T> {
        T run(Ledger ledger, long nowMillis);
    }

    static final int WEIGHT_BYTES = 256;

    private final Work<T> work;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final Executor executor;
    private @Nullable T result;
    private @Nullable BayarException refused;

    HostCommand(Work<T> work, Executor executor) {
        this.work = work;
        this.executor = executor;
    }

    CompletableFuture<T> future() {
        return future;
    }

    @Override
    int weightBytes() {
        return WEIGHT_BYTES;
    }

    @Override
    void decide(Ledger ledger, long nowMillis) {
        refused = null;
        long changesBefore = ledger.changesMade();
        try {
            result = work.run(ledger, nowMillis);
        } catch (StoreException e) {
            throw e;
        } catch (BayarException e) {
            if (ledger.changesMade() != changesBefore) {
                throw new IllegalStateException("the ledger contradicts itself half-way through a change", e);
            }
            refused = e;
        }
    }

    @Override
    void answer(AnswerGroup group) {
        T done = result;
        BayarException exception = refused;
        executor.execute(() -> {
            if (exception != null) {
                future.completeExceptionally(exception);
            } else {
                future.complete(done);
            }
        });
    }

    @Override
    void refuse(Refusal refusal, AnswerGroup group) {
        fail(refusal.message());
    }

    @Override
    void doubt(AnswerGroup group) {
        fail("the store failed; whether this was done will be seen after a restart");
    }

    private void fail(String message) {
        executor.execute(() -> future.completeExceptionally(new BayarException(message)));
    }
}
