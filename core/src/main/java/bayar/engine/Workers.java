package bayar.engine;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A few threads for what must not hold an event loop up: public-key signatures, and the host's verifiers. */
final class Workers {
    private static final Logger log = LoggerFactory.getLogger(Workers.class);
    private static final long FINISH_MILLIS = 1000;

    private final ThreadPoolExecutor pool;

    Workers(int count, int queueCapacity, ThreadFactory threads) {
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                count, count, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queueCapacity), task -> {
                    Thread thread = threads.newThread(task);
                    thread.setName("bayar-worker-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
    }

    /** Has a worker run the task soon; false when too much is waiting already. */
    boolean accept(Runnable task) {
        try {
            pool.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Finishes what is waiting, for a second at most. */
    void finish() {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(FINISH_MILLIS, TimeUnit.MILLISECONDS)) {
                log.warn("a verifier hangs; it is left behind, and its requests get no answer");
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
