package bayar.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Keeps a fixed number of payments in flight on each of many connections, each reply being followed by the next payment,
 * and checks every reply. Written to cost little itself: one selector per thread, and one read and one write for all
 * that is ready on a connection.
 *
 * <p>A closed loop: it slows down with the server, so its latencies are those of a server that is kept busy, not of one
 * that payments arrive at by the clock.
 */
final class LoadGenerator {
    /**
     * @param server where the payments go
     * @param wire makes the framing of the connection of this number
     * @param connections how many connections
     * @param depth how many payments are unanswered on each
     * @param threads how many threads serve them
     * @param warmUp how long to run before counting
     * @param measured how long to count
     */
    record Plan(
            InetSocketAddress server,
            IntFunction<Wire> wire,
            int connections,
            int depth,
            int threads,
            Duration warmUp,
            Duration measured) {}

    /**
     * What came of it.
     *
     * @param latency of every approved payment that was answered in the time measured
     * @param perSecond approved payments per second
     * @param errors how often each thing went wrong, warm-up included
     */
    record Result(LatencyHistogram latency, double perSecond, Map<String, Long> errors) {}

    private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);
    private static final int INPUT_BYTES = 256 * 1024;
    private static final byte[] ID = "\"id\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] APPROVED = "\"status\":\"approved\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOT_REPLAYED = "\"replayed\":false".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REASON = "\"reason\":\"".getBytes(StandardCharsets.US_ASCII);

    private final Plan plan;
    private final String run;
    private final Function<String, byte[]> payments;

    /**
     * @param run begins every payment's id, so that no id is used twice
     * @param payments makes the signed message of the payment with this id; called from every thread
     */
    LoadGenerator(Plan plan, String run, Function<String, byte[]> payments) {
        this.plan = plan;
        this.run = run;
        this.payments = payments;
    }

    Result run() throws IOException, InterruptedException {
        List<Loop> loops = new ArrayList<>();
        ExecutorService executor = Executors.newFixedThreadPool(plan.threads);
        try {
            for (int i = 0; i < plan.threads; i++) {
                loops.add(new Loop());
            }
            for (int i = 0; i < plan.connections; i++) {
                loops.get(i % plan.threads).connect(i);
            }
            Window window = Window.from(System.nanoTime(), plan);
            loops.forEach(loop -> loop.window = window);
            LatencyHistogram latency = new LatencyHistogram();
            Map<String, Long> errors = new TreeMap<>();
            for (Future<Loop> future : executor.invokeAll(loops)) {
                Loop loop = future.get();
                latency.addAll(loop.latency);
                loop.errors.forEach((what, count) -> errors.merge(what, count, Long::sum));
            }
            return new Result(latency, latency.total() * 1e9 / plan.measured.toNanos(), errors);
        } catch (ExecutionException e) {
            throw new IOException("the load generator failed: " + e.getCause(), e);
        } finally {
            executor.shutdownNow();
            for (Loop loop : loops) {
                loop.close();
            }
        }
    }

    private record Window(long beginNanos, long endNanos, long giveUpNanos) {
        static Window from(long nowNanos, Plan plan) {
            long begin = nowNanos + plan.warmUp.toNanos();
            long end = begin + plan.measured.toNanos();
            return new Window(begin, end, end + PATIENCE_AT_THE_END.toNanos());
        }
    }

    /** One thread's connections. */
    private final class Loop implements Callable<Loop>, AutoCloseable {
        private final Selector selector = Selector.open();
        private final LatencyHistogram latency = new LatencyHistogram();
        private final Map<String, Long> errors = new TreeMap<>();
        private Window window = new Window(0, 0, 0);
        private int unanswered;

        Loop() throws IOException {}

        void connect(int number) throws IOException {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(plan.server);
            Wire wire = plan.wire.apply(number);
            ByteBuffer greeting = ByteBuffer.wrap(wire.greeting());
            while (greeting.hasRemaining()) {
                channel.write(greeting);
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Connection(this, number, channel, wire));
        }

        @Override
        public Loop call() throws IOException {
            for (SelectionKey key : selector.keys()) {
                ((Connection) key.attachment()).begin(key);
            }
            while (unanswered > 0 && window.giveUpNanos - System.nanoTime() > 0) {
                selector.select(Loop::serve, 100);
            }
            if (unanswered > 0) {
                count("unanswered", unanswered);
            }
            return this;
        }

        private static void serve(SelectionKey key) {
            Connection connection = (Connection) key.attachment();
            try {
                connection.serve(key);
            } catch (IOException | IllegalStateException e) {
                connection.lost(key, e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }

        void count(String what, long times) {
            errors.merge(what, times, Long::sum);
        }

        @Override
        public void close() throws IOException {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        }
    }

    /** One connection, with a slot for each of its payments in flight. */
    private final class Connection {
        private final Loop loop;
        private final SocketChannel channel;
        private final Wire wire;
        private final String idPrefix;
        private final ByteBuffer in = ByteBuffer.allocate(INPUT_BYTES);
        private ByteBuffer out = ByteBuffer.allocate(64 * 1024);
        private final byte[][] awaitedIds = new byte[plan.depth][];
        private final long[] sentAtNanos = new long[plan.depth];
        private long sent;
        private int inFlight;

        Connection(Loop loop, int number, SocketChannel channel, Wire wire) {
            this.loop = loop;
            this.channel = channel;
            this.wire = wire;
            this.idPrefix = run + '.' + number + '.';
        }

        void begin(SelectionKey key) throws IOException {
            long now = System.nanoTime();
            for (int slot = 0; slot < plan.depth; slot++) {
                send(slot, now);
            }
            flush(key);
        }

        void serve(SelectionKey key) throws IOException {
            if (key.isReadable()) {
                if (channel.read(in) < 0) {
                    throw new IOException("the server closed the connection");
                }
                in.flip();
                long now = System.nanoTime();
                int length = wire.next(in);
                while (length >= 0) {
                    int begin = in.position();
                    answered(in.array(), begin, begin + length, now);
                    in.position(begin + length);
                    length = wire.next(in);
                }
                in.compact();
                if (length == Wire.CLOSED) {
                    throw new IOException("the server closed the WebSocket");
                }
            }
            flush(key);
        }

        void lost(SelectionKey key, String why) {
            loop.count("connection lost: " + why, 1);
            loop.unanswered -= inFlight;
            inFlight = 0;
            key.cancel();
        }

        private void send(int slot, long nowNanos) {
            String id = idPrefix + slot + '.' + sent++;
            byte[] message = payments.apply(id);
            if (out.remaining() < message.length + Wire.MAX_OVERHEAD) {
                ByteBuffer larger = ByteBuffer.allocate(out.capacity() * 2 + message.length);
                out = larger.put(out.flip());
            }
            wire.frame(message, out);
            awaitedIds[slot] = id.getBytes(StandardCharsets.US_ASCII);
            sentAtNanos[slot] = nowNanos;
            inFlight++;
            loop.unanswered++;
        }

        private void answered(byte[] bytes, int begin, int end, long nowNanos) {
            int slot = slotOf(bytes, begin, end);
            if (slot < 0) {
                loop.count("reply with an id that is not awaited", 1);
                return;
            }
            inFlight--;
            loop.unanswered--;
            if (indexOf(APPROVED, bytes, begin, end) < 0) {
                loop.count(text(REASON, bytes, begin, end), 1);
            } else if (indexOf(NOT_REPLAYED, bytes, begin, end) < 0) {
                loop.count("replayed", 1);
            } else if (nowNanos >= loop.window.beginNanos && nowNanos < loop.window.endNanos) {
                loop.latency.add(nowNanos - sentAtNanos[slot]);
            }
            if (nowNanos < loop.window.endNanos) {
                send(slot, nowNanos);
            }
        }

        /** The slot of the payment that this reply is for, taken out of it; -1 when there is none. */
        private int slotOf(byte[] bytes, int begin, int end) {
            int at = indexOf(ID, bytes, begin, end);
            if (at < 0) {
                return -1;
            }
            int idBegin = at + ID.length;
            int slot = 0;
            for (int i = idBegin + idPrefix.length(); i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
                slot = slot * 10 + bytes[i] - '0';
            }
            byte[] awaited = slot < plan.depth ? awaitedIds[slot] : null;
            if (awaited == null
                    || idBegin + awaited.length >= end
                    || !java.util.Arrays.equals(awaited, 0, awaited.length, bytes, idBegin, idBegin + awaited.length)
                    || bytes[idBegin + awaited.length] != '"') {
                return -1;
            }
            awaitedIds[slot] = null;
            return slot;
        }

        private void flush(SelectionKey key) throws IOException {
            out.flip();
            if (out.hasRemaining()) {
                channel.write(out);
            }
            boolean more = out.hasRemaining();
            out.compact();
            int interest = more ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.interestOps() != interest) {
                key.interestOps(interest);
            }
        }
    }

    private static String text(byte[] label, byte[] bytes, int begin, int end) {
        int at = indexOf(label, bytes, begin, end);
        int from = at < 0 ? begin : at + label.length;
        int to = from;
        while (to < end && bytes[to] != '"') {
            to++;
        }
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private static int indexOf(byte[] needle, byte[] bytes, int begin, int end) {
        for (int i = begin; i <= end - needle.length; i++) {
            int matched = 0;
            while (matched < needle.length && bytes[i + matched] == needle[matched]) {
                matched++;
            }
            if (matched == needle.length) {
                return i;
            }
        }
        return -1;
    }
}
