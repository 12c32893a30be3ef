package bayar.engine;

import bayar.Attempt;
import bayar.BlockingProcessor;
import bayar.Capabilities;
import bayar.Notice;
import bayar.Notification;
import bayar.Outcome;
import bayar.Payment;
import bayar.Processor;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lets a {@link BlockingProcessor} wait on threads of its own: virtual ones where the JDK has them, else a few. */
final class BlockingAdapter implements Processor {
    /** The first whose virtual threads do not hold a platform thread while they wait in a synchronized block. */
    private static final int JDK_WITHOUT_PINNING = 24;

    private static final long IDLE_SECONDS = 10;

    private final BlockingProcessor processor;
    private final ExecutorService executor;

    BlockingAdapter(String method, BlockingProcessor processor, int maxThreads, ThreadFactory threads) {
        this.processor = processor;
        this.executor = Runtime.version().feature() >= JDK_WITHOUT_PINNING
                ? virtualThreads()
                : pool(method, maxThreads, threads);
    }

    /** By its name, since the classes are compiled for older JDKs too. */
    private static ExecutorService virtualThreads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("this JDK should have virtual threads", e);
        }
    }

    private static ExecutorService pool(String method, int maxThreads, ThreadFactory threads) {
        // Unbounded, but the processor's permits bound what comes here.
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                maxThreads, maxThreads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = threads.newThread(task);
                    thread.setName("bayar-processor-" + method);
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
        return begin(() -> processor.process(payment, attempt));
    }

    @Override
    public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
        return begin(() -> processor.inquire(payment, attempt));
    }

    @Override
    public CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
        return begin(() -> processor.reverse(payment, attempt));
    }

    private Waiting begin(Callable<Outcome> call) {
        Waiting waiting = new Waiting(call);
        executor.execute(waiting);
        return waiting;
    }

    @Override
    public Capabilities capabilities() {
        return processor.capabilities();
    }

    @Override
    public Notice read(Notification notification) {
        return processor.read(notification);
    }

    /** Ends what still waits. */
    void close() {
        executor.shutdownNow();
    }

    /** A call on its thread, or on its way there. */
    static final class Waiting extends CompletableFuture<Outcome> implements Runnable {
        private final Callable<Outcome> call;
        private boolean isGivenUp;
        private @Nullable Thread thread;

        private Waiting(Callable<Outcome> call) {
            this.call = call;
        }

        @Override
        public void run() {
            synchronized (this) {
                if (isGivenUp) {
                    return;
                }
                thread = Thread.currentThread();
            }
            try {
                complete(call.call());
            } catch (Exception | Error e) {
                completeExceptionally(e);
            } finally {
                synchronized (this) {
                    thread = null;
                    // A late interrupt must not reach whatever the thread does next.
                    Thread.interrupted();
                }
            }
        }

        /**
         * Nobody waits for it any more.
         *
         * @return whether it had not begun, and so never will
         */
        synchronized boolean giveUp() {
            isGivenUp = true;
            if (thread == null) {
                return !isDone();
            }
            thread.interrupt();
            return false;
        }
    }
}
