package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TimedWorkersTest {
    private final AtomicLong nanos = new AtomicLong();

    private TimedWorkers workers(int threads, int waiting) {
        return new TimedWorkers(threads, waiting, Duration.ofSeconds(30), Thread::new, nanos::get);
    }

    /** Somebody who reads nothing of what is written to them. */
    @Test
    void aWriteToASlowReaderIsCutOffAndTheThreadServesTheNext() throws Exception {
        Pipe pipe = Pipe.open();
        CompletableFuture<IOException> cut = new CompletableFuture<>();
        CountDownLatch begun = new CountDownLatch(1);
        try (TimedWorkers workers = workers(1, 4)) {
            workers.execute(() -> {
                begun.countDown();
                try {
                    while (pipe.sink().isOpen()) {
                        pipe.sink().write(ByteBuffer.allocate(65_536));
                    }
                } catch (IOException e) {
                    cut.complete(e);
                }
            });
            begun.await();
            workers.cutOff();
            assertFalse(cut.isDone(), "nobody is cut off before the time");
            nanos.addAndGet(Duration.ofSeconds(31).toNanos());
            workers.cutOff();
            assertInstanceOf(ClosedByInterruptException.class, cut.join());
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            workers.execute(() -> interrupted.complete(Thread.currentThread().isInterrupted()));
            assertEquals(false, interrupted.join(), "what was meant for one does not reach the next");
        }
    }

    @Test
    void whoComesBeyondThoseThatMayWaitIsRefused() {
        CountDownLatch end = new CountDownLatch(1);
        Runnable waits = () -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        try (TimedWorkers workers = workers(1, 1)) {
            workers.execute(waits);
            workers.execute(waits);
            assertThrows(RejectedExecutionException.class, () -> workers.execute(waits));
            end.countDown();
        }
    }
}
