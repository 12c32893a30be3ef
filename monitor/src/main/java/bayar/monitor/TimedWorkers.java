package bayar.monitor;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Threads that serve one caller each, and none for longer than a given time: who sends or reads too slowly is cut off, by
 * the interrupt that closes a channel which a thread waits on. A bounded number of them wait; who comes beyond is refused.
 */
final class TimedWorkers implements Executor, AutoCloseable {
    private final LongSupplier nanoTicker;
    private final long maxNanos;
    private final ThreadPoolExecutor pool;
    private final Set<Task> running = ConcurrentHashMap.newKeySet();

    TimedWorkers(int threads, int maxWaiting, Duration most, ThreadFactory factory, LongSupplier nanoTicker) {
        this.nanoTicker = nanoTicker;
        this.maxNanos = most.toNanos();
        pool = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(maxWaiting), factory);
        pool.allowCoreThreadTimeOut(true);
    }

    /** @throws java.util.concurrent.RejectedExecutionException if too many wait already */
    @Override
    public void execute(Runnable work) {
        pool.execute(() -> {
            Task task = new Task(Thread.currentThread(), nanoTicker.getAsLong());
            running.add(task);
            try {
                work.run();
            } finally {
                running.remove(task);
                task.end();
            }
        });
    }

    /** Cuts off whoever is served for too long; to be called now and then. */
    void cutOff() {
        long now = nanoTicker.getAsLong();
        for (Task task : running) {
            if (now - task.beganNanos > maxNanos) {
                task.interrupt();
            }
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }

    /** One caller being served. */
    private static final class Task {
        private final Thread thread;
        private final long beganNanos;
        private boolean hasEnded;

        Task(Thread thread, long beganNanos) {
            this.thread = thread;
            this.beganNanos = beganNanos;
        }

        synchronized void interrupt() {
            if (!hasEnded) {
                thread.interrupt();
            }
        }

        /** From here on the thread is another caller's; an interrupt meant for this one is not to reach that. */
        synchronized void end() {
            hasEnded = true;
            Thread.interrupted();
        }
    }
}
