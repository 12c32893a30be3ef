package bayar.client;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A clock, and timers that go by it, which stand still until a test advances them. For one thread. */
final class SettableTime extends AbstractExecutorService implements ScheduledExecutorService {
    private static final Instant START = Instant.parse("2026-11-23T09:00:00Z");

    private final PriorityQueue<Timer> timers = new PriorityQueue<>(
            Comparator.comparingLong((Timer timer) -> timer.dueMillis).thenComparingLong(timer -> timer.number));
    private long nowMillis;
    private long scheduled;

    /** Runs what becomes due, in order, each at its own time. */
    void advance(Duration time) {
        long end = nowMillis + time.toMillis();
        for (Timer next = timers.peek(); next != null && next.dueMillis <= end; next = timers.peek()) {
            timers.remove();
            nowMillis = Math.max(nowMillis, next.dueMillis);
            next.run();
        }
        nowMillis = end;
    }

    /** How many timers are still to go off. */
    long pending() {
        return timers.stream().filter(timer -> !timer.isDone()).count();
    }

    Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException("this clock is in UTC");
            }

            @Override
            public Instant instant() {
                return START.plusMillis(nowMillis);
            }
        };
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        Timer timer = new Timer(task, nowMillis + unit.toMillis(delay), scheduled++);
        timers.add(timer);
        return timer;
    }

    private final class Timer extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long dueMillis;
        private final long number;

        Timer(Runnable task, long dueMillis, long number) {
            super(task, null);
            this.dueMillis = dueMillis;
            this.number = number;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueMillis - nowMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long delay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long delay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
        throw new AssertionError("these threads are not the client's to shut down");
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return new ArrayList<>();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }
}
