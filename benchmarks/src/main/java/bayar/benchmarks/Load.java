package bayar.benchmarks;

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * The load generator: connections to one server, over which payments are sent and every reply is checked.
 *
 * <p>{@link #closed} keeps a number of payments in flight on each connection. It slows down with the server, so it tells
 * how much a server can do, and how long a payment takes in one that is kept busy. {@link #open} sends by the clock,
 * whatever the server does, and counts each payment's time from when it was meant to be sent: a server that stalls is
 * charged for all that would have come meanwhile.
 *
 * <p>It shares the machine with what it measures, so it is made to cost little: one thread (and one that sends, in the
 * open loop), one read and one write for all there is on a connection, messages signed beforehand, and no allocation in
 * between. The one that sends by the clock looks at it each {@value #TICK_MICROS} microseconds at most, not for each
 * payment: what was due since then leaves in a few writes, and has waited since it was meant to be sent.
 */
final class Load implements AutoCloseable {
    /** What is taken for an answer. */
    enum Replies {
        /** A receipt. */
        RECEIPT,
        /** The bytes of the message itself. */
        ECHO
    }

    /** A stretch of an open loop: so many payments a second for so long. */
    record Step(double perSecond, Duration duration) {}

    /**
     * What one stretch of load came to.
     *
     * @param nanos how long it was
     * @param good how many answers were the good one and came within it
     * @param latency of all good answers, in nanoseconds; those of an open loop count where they were meant to be sent
     * @param answers how often each other answer came, by status and reason
     * @param errors how often each thing went wrong that must not
     */
    record Figures(long nanos, long good, Histogram latency, Map<String, Long> answers, Map<String, Long> errors) {
        double perSecond() {
            return good * 1e9 / nanos;
        }

        /** How many were not even sent. */
        long notSent() {
            return errors.entrySet().stream()
                    .filter(error -> error.getKey().startsWith(NOT_SENT))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }

        /** Whether nothing went wrong but what a server that does not read in time is to blame for. */
        boolean hasOnlyUnsent() {
            return errors.keySet().stream().allMatch(error -> error.startsWith(NOT_SENT));
        }

        /** How many got another answer that was expected. */
        long otherAnswers() {
            return answers.values().stream().mapToLong(Long::longValue).sum();
        }

        /** In microseconds; 0 when there were no good answers. */
        double micros(double percentile) {
            return latency.getTotalCount() == 0 ? 0 : latency.getValueAtPercentile(percentile) / 1e3;
        }
    }

    /** Hears of each step of an open loop when it is over, on the thread that receives: it must not be held up. */
    @FunctionalInterface
    interface Progress {
        /** @param figures without the answers that take longer than a second after the end of the step */
        void over(int step, Figures figures);
    }

    /** What did not fit into this many unsent bytes of a connection was not sent. */
    private static final int MAX_UNSENT_BYTES = 8 * 1024;

    /** How often what is due is sent: a write costs as much as ten messages in it. */
    private static final int TICK_MICROS = 200;

    private static final long TICK_NANOS = TICK_MICROS * 1000L;

    /** How often sockets that took no more are tried again, in ticks. */
    private static final int TICKS_UNTIL_FLUSH = 5;

    /** How long to wait for a connection, and at the end for the last answers. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long LAST_ANSWERS_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int WRITE_BYTES = 64 * 1024;
    private static final int OPEN_SLOTS = 1 << 20;
    private static final int MIN_SLOTS = 1 << 12;
    private static final int SELECT_MILLIS = 100;
    private static final int CONNECT_TOGETHER = 256;
    private static final long SHORTEST_LATENCY_NANOS = 100;
    private static final long MAX_LATENCY_NANOS = Duration.ofMinutes(10).toNanos();

    /** What follows the id in the receipt of an approved payment. */
    private static final byte[] APPROVED = ascii(
            "\",\"status\":\"approved\",\"reason\":\"approved\",\"money\":\"moved\",\"retry\":\"never\",\"replayed\":false,");

    /** How the error begins that a payment was not even sent. */
    static final String NOT_SENT = "not sent, ";

    private static final byte[] NOTHING = new byte[0];
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final byte[] STATUS = ascii("\"status\":\"");
    private static final byte[] REASON = ascii("\"reason\":\"");
    private static final byte[] REPLAYED = ascii("\"replayed\":true");

    private final Selector selector = Selector.open();
    private final Connection[] connections;
    private final Replies replies;
    private final long patienceNanos;
    /** In nanoseconds. */
    private final LongSupplier clock;

    private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES);
    private final ByteBuffer out = ByteBuffer.allocateDirect(WRITE_BYTES);

    private Load(int connections, Replies replies, Duration patience, LongSupplier clock) throws IOException {
        this.connections = new Connection[connections];
        this.replies = replies;
        this.patienceNanos = patience.toNanos();
        this.clock = clock;
    }

    /**
     * Opens the connections, and waits until all can carry messages.
     *
     * @throws IOException if one cannot be opened
     */
    static Load connect(InetSocketAddress server, boolean isWebSocket, int connections, Replies replies)
            throws IOException {
        return connect(server, isWebSocket, connections, replies, PATIENCE, System::nanoTime);
    }

    /** Like that, with another patience and another clock. */
    static Load connect(
            InetSocketAddress server,
            boolean isWebSocket,
            int connections,
            Replies replies,
            Duration patience,
            LongSupplier clock)
            throws IOException {
        Load load = new Load(connections, replies, patience, clock);
        try {
            for (int i = 0; i < connections; i++) {
                load.connections[i] = load.new Connection(i, server, isWebSocket);
                if (i % CONNECT_TOGETHER == CONNECT_TOGETHER - 1 || i == connections - 1) {
                    load.awaitOpen(i + 1);
                }
            }
            return load;
        } catch (IOException | RuntimeException e) {
            load.close();
            throw e;
        }
    }

    private void awaitOpen(int count) throws IOException {
        long giveUp = clock.getAsLong() + patienceNanos;
        for (int i = 0; i < count; i++) {
            Connection connection = connections[i];
            while (!connection.wire.isOpen()) {
                if (clock.getAsLong() > giveUp) {
                    throw new IOException("connection " + i + " did not open in time");
                }
                selector.select(key -> ((Connection) key.attachment()).readGreeting(), SELECT_MILLIS);
                if (connection.isLost) {
                    throw new IOException("connection " + i + " was closed while it was opened");
                }
            }
        }
    }

    /** Keeps {@code depth} payments in flight on each connection for so long, and waits for the last answers. */
    Figures closed(Payments payments, int depth, Duration duration) throws IOException {
        Run run = new Run(payments, depth, List.of(new Step(0, duration)), Set.of());
        for (Connection connection : connections) {
            if (!connection.isLost) {
                connection.fill(run, clock.getAsLong());
            }
        }
        run.receive();
        return run.figures().get(0);
    }

    /**
     * Sends by the clock, step by step without a pause, and waits for the last answers.
     *
     * @param together how many of those that are due leave on one connection before the next has its turn, all in one
     *     write; more only when all connections have as many
     * @param expected statuses besides approved that are no error, such as busy
     * @return the figures of each step
     */
    List<Figures> open(Payments payments, int together, List<Step> steps, Set<String> expected)
            throws IOException, InterruptedException {
        return open(payments, together, steps, expected, (step, figures) -> {});
    }

    /** Like that, and tells {@code progress} of each step but those at the end, which are over when it returns. */
    List<Figures> open(Payments payments, int together, List<Step> steps, Set<String> expected, Progress progress)
            throws IOException, InterruptedException {
        Run run = new Run(payments, 0, steps, expected);
        run.progress = progress;
        Thread sender = new Thread(() -> run.sendByTheClock(together), "sender");
        sender.start();
        run.receive();
        sender.join();
        return run.figures();
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    /** One stretch of load, of one step or more. */
    private final class Run {
        final Payments payments;
        /** In flight on each connection; 0 in an open loop. */
        final int depth;

        final List<Step> steps;
        final Set<String> expected;
        final long beginNanos;
        final long[] endNanos;
        /** The payments without an answer, each in the slot of its number: the number plus one, or 0. */
        final AtomicLongArray numbers;

        final long[] intendedNanos;
        final int[] sentOn;
        final int mask;
        final AtomicLong sent = new AtomicLong();
        final AtomicLong answered = new AtomicLong();
        volatile boolean allSent;

        final Histogram[] latencies;
        final long[] good;
        final List<Map<String, Long>> answers = new ArrayList<>();
        final List<Map<String, Long>> errors = new ArrayList<>();
        /** By the thread that sends by the clock, about the step that it is in. */
        final List<Map<String, Long>> sendErrors = new ArrayList<>();

        Progress progress = (step, figures) -> {};
        private int told;
        private int sendingStep;
        private int sendingConnection;
        private int ticks;
        private boolean isBackedUp;
        long nowSeconds = Payments.nowSeconds();

        Run(Payments payments, int depth, List<Step> steps, Set<String> expected) {
            this.payments = payments;
            this.depth = depth;
            this.steps = steps;
            this.expected = expected;
            int wanted = depth == 0 ? OPEN_SLOTS : Math.max(MIN_SLOTS, depth * connections.length * 4);
            int slots = Integer.highestOneBit(wanted - 1) * 2;
            numbers = new AtomicLongArray(slots);
            intendedNanos = new long[slots];
            sentOn = new int[slots];
            mask = slots - 1;
            latencies = new Histogram[steps.size()];
            good = new long[steps.size()];
            endNanos = new long[steps.size()];
            for (int i = 0; i < latencies.length; i++) {
                latencies[i] = new Histogram(SHORTEST_LATENCY_NANOS, MAX_LATENCY_NANOS, 3);
                answers.add(new TreeMap<>());
                errors.add(new TreeMap<>());
                sendErrors.add(new ConcurrentSkipListMap<>());
            }
            beginNanos = clock.getAsLong();
            long end = beginNanos;
            for (int i = 0; i < endNanos.length; i++) {
                end += steps.get(i).duration.toNanos();
                endNanos[i] = end;
            }
        }

        List<Figures> figures() {
            List<Figures> figures = new ArrayList<>();
            for (int i = 0; i < latencies.length; i++) {
                figures.add(figures(i));
            }
            return figures;
        }

        private Figures figures(int step) {
            Map<String, Long> both = new TreeMap<>(errors.get(step));
            sendErrors.get(step).forEach((what, count) -> both.merge(what, count, Long::sum));
            return new Figures(
                    steps.get(step).duration.toNanos(),
                    good[step],
                    latencies[step].copy(),
                    new TreeMap<>(answers.get(step)),
                    both);
        }

        private void tellProgress(long nowNanos) {
            for (int over = step(nowNanos - LAST_ANSWERS_NANOS); told < over; told++) {
                progress.over(told, figures(told));
            }
        }

        long last() {
            return endNanos[endNanos.length - 1];
        }

        int step(long nanos) {
            int step = 0;
            int beyond = endNanos.length;
            while (step < beyond) {
                int middle = (step + beyond) >>> 1;
                if (nanos - endNanos[middle] >= 0) {
                    step = middle + 1;
                } else {
                    beyond = middle;
                }
            }
            return step;
        }

        /** Takes a payment, writes it to {@code out}, which must have room, and remembers that it waits for its answer. */
        void take(Connection connection, long intended) {
            long number = payments.next();
            while (numbers.getOpaque((int) (number & mask)) != 0) {
                number = payments.next();
            }
            int slot = (int) (number & mask);
            intendedNanos[slot] = intended;
            sentOn[slot] = connection.index;
            payments.write(number, connection.wire, out, nowSeconds);
            numbers.setRelease(slot, number + 1);
        }

        void receive() throws IOException {
            long giveUp = last() + patienceNanos;
            while (true) {
                long now = clock.getAsLong();
                boolean isOver = depth > 0 ? now - last() >= 0 : allSent;
                long unanswered = sent.get() - answered.get();
                if ((isOver && unanswered == 0) || allLost()) {
                    break;
                }
                if (now - giveUp >= 0) {
                    error("unanswered", unanswered);
                    break;
                }
                nowSeconds = Payments.nowSeconds();
                tellProgress(now);
                selector.select(key -> ((Connection) key.attachment()).serve(this, key), SELECT_MILLIS);
            }
        }

        private boolean allLost() {
            for (Connection connection : connections) {
                if (!connection.isLost) {
                    return false;
                }
            }
            return true;
        }

        void sendByTheClock(int together) {
            try {
                long stepBegin = beginNanos;
                for (int i = 0; i < steps.size(); i++) {
                    sendingStep = i;
                    send(steps.get(i).perSecond, together, stepBegin, endNanos[i]);
                    stepBegin = endNanos[i];
                }
                long giveUp = clock.getAsLong() + patienceNanos;
                while (flushAll() && clock.getAsLong() - giveUp < 0) {
                    LockSupport.parkNanos(TICK_NANOS);
                }
            } finally {
                allSent = true;
            }
        }

        private void send(double perSecond, int together, long stepBegin, long stepEnd) {
            long total = (long) ((stepEnd - stepBegin) * perSecond / 1e9);
            double gap = 1e9 / perSecond;
            long done = 0;
            long giveUp = stepEnd + patienceNanos;
            while (done < total) {
                long now = clock.getAsLong();
                if (now - giveUp >= 0) {
                    notSent("the generator is too slow", total - done);
                    return;
                }
                long due = Math.min(total, (long) ((now - stepBegin) / gap) + 1);
                long each = Math.max(together, (due - done + connections.length - 1) / connections.length);
                nowSeconds = Payments.nowSeconds();
                while (done < due) {
                    long end = Math.min(due, done + each);
                    Connection connection = connections[sendingConnection];
                    connection.sendDue(this, stepBegin, gap, done, end);
                    isBackedUp |= connection.unsent.hasRemaining();
                    sendingConnection = (sendingConnection + 1) % connections.length;
                    done = end;
                }
                if (++ticks % TICKS_UNTIL_FLUSH == 0) {
                    isBackedUp = isBackedUp && flushAll();
                }
                long nextDue = isBackedUp ? now : stepBegin + (long) (done * gap);
                LockSupport.parkNanos(Math.max(now + TICK_NANOS, nextDue) - clock.getAsLong());
            }
        }

        private boolean flushAll() {
            boolean isLeft = false;
            for (Connection connection : connections) {
                if (connection.unsent.hasRemaining()) {
                    connection.flush();
                    isLeft |= connection.unsent.hasRemaining() && !connection.isLost;
                }
            }
            return isLeft;
        }

        void answered(Connection connection, byte[] bytes, int begin, int end, long nowNanos) {
            long number = replies == Replies.ECHO
                    ? payments.numberInMessage(bytes, begin, end)
                    : payments.numberInReceipt(bytes, begin, end);
            int slot = (int) (number & mask);
            if (number < 0 || numbers.getAcquire(slot) != number + 1) {
                error("a reply to nothing that was asked");
                return;
            }
            if (sentOn[slot] != connection.index) {
                error("a reply on another connection");
            }
            long intended = intendedNanos[slot];
            numbers.setRelease(slot, 0);
            answered.lazySet(answered.get() + 1);
            if (depth > 0) {
                connection.inFlight--;
            }
            int step = Math.min(step(intended), latencies.length - 1);
            if (isGood(number, bytes, begin, end)) {
                latencies[step].recordValue(Math.min(Math.max(0, nowNanos - intended), MAX_LATENCY_NANOS));
                int now = step(nowNanos);
                if (now < good.length) {
                    good[now]++;
                }
            } else {
                notGood(step, bytes, begin, end);
            }
        }

        private boolean isGood(long number, byte[] bytes, int begin, int end) {
            if (replies == Replies.ECHO) {
                return payments.isMessage(number, bytes, begin, end);
            }
            int from = begin + payments.idEnd();
            int to = from + APPROVED.length;
            return to <= end && Arrays.equals(APPROVED, 0, APPROVED.length, bytes, from, to);
        }

        private void notGood(int step, byte[] bytes, int begin, int end) {
            if (replies == Replies.ECHO) {
                error("an echo that differs");
                return;
            }
            String status = text(STATUS, bytes, begin, end);
            if (indexOf(REPLAYED, bytes, begin, end) >= 0) {
                error("replayed");
            } else if (expected.contains(status)) {
                answers.get(step).merge(status + "/" + text(REASON, bytes, begin, end), 1L, Long::sum);
            } else {
                error(status + "/" + text(REASON, bytes, begin, end));
            }
        }

        /** What was sent on this connection and has no answer will get none. */
        void lost(Connection connection, String why) {
            connection.isLost = true;
            error("connection lost: " + why);
            long count = 0;
            for (int slot = 0; slot <= mask; slot++) {
                if (numbers.getAcquire(slot) != 0 && sentOn[slot] == connection.index) {
                    numbers.setRelease(slot, 0);
                    count++;
                }
            }
            answered.lazySet(answered.get() + count);
            if (count > 0) {
                error("unanswered", count);
            }
        }

        private void error(String what, long times) {
            int now = Math.min(step(clock.getAsLong()), errors.size() - 1);
            errors.get(now).merge(what, times, Long::sum);
        }

        private void error(String what) {
            error(what, 1);
        }

        void notSent(String why, long times) {
            sendErrors.get(sendingStep).merge(NOT_SENT + why, times, Long::sum);
        }
    }

    /** One connection. In the open loop one thread sends and another receives. */
    private static final int SEND_BUFFER_BYTES = 8 * 1024;

    private final class Connection {
        final int index;
        final SocketChannel channel;
        final Wire wire;
        byte[] begun = NOTHING;
        ByteBuffer unsent = NONE;
        int inFlight;
        volatile boolean isLost;

        Connection(int index, InetSocketAddress server, boolean isWebSocket) throws IOException {
            this.index = index;
            this.channel = SocketChannel.open();
            try {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                // What the system keeps for a server that does not read is counted as sent, and would wait for seconds.
                channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
                channel.connect(server);
                wire = isWebSocket
                        ? new Wire.WebSocket(server.getHostString() + ":" + server.getPort(), index)
                        : new Wire.Length4();
                ByteBuffer greeting = ByteBuffer.wrap(wire.greeting());
                while (greeting.hasRemaining()) {
                    channel.write(greeting);
                }
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, this);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        void readGreeting() {
            try {
                if (channel.read(in.clear().put(begun)) < 0) {
                    isLost = true;
                }
                wire.next(in.flip());
                keepRest();
            } catch (IOException | IllegalStateException e) {
                isLost = true;
            }
        }

        /** Sends until as many are in flight as shall be. */
        void fill(Run run, long nowNanos) {
            int room = run.payments.roomBytes();
            out.clear();
            for (; inFlight < run.depth; inFlight++) {
                if (out.remaining() < room) {
                    send();
                }
                run.take(this, nowNanos);
                run.sent.lazySet(run.sent.get() + 1);
            }
            send();
        }

        /** Sends the payments from the {@code first} to the one before {@code end}. */
        void sendDue(Run run, long stepBegin, double gap, long first, long end) {
            int room = run.payments.roomBytes();
            out.clear();
            for (long i = first; i < end; i++) {
                if (isLost) {
                    run.notSent("the connection is lost", 1);
                } else if (unsent.remaining() + out.position() > MAX_UNSENT_BYTES
                        || run.sent.get() - run.answered.get() > OPEN_SLOTS / 2) {
                    run.notSent("the server does not read", 1);
                } else {
                    if (out.remaining() < room) {
                        send();
                    }
                    run.take(this, stepBegin + (long) (i * gap));
                    run.sent.lazySet(run.sent.get() + 1);
                }
            }
            send();
        }

        /** Writes what is in {@code out}, as far as the socket takes it, and keeps the rest. */
        private void send() {
            out.flip();
            if (unsent.hasRemaining()) {
                keepUnsent();
                write(unsent);
            } else if (out.hasRemaining()) {
                write(out);
                keepUnsent();
            }
            out.clear();
        }

        /** Behind what is unsent already: in native memory, or each try to write it would copy it there. */
        private void keepUnsent() {
            if (!out.hasRemaining()) {
                return;
            }
            int needed = unsent.remaining() + out.remaining();
            if (needed > unsent.capacity()) {
                int capacity = Math.max(needed, MAX_UNSENT_BYTES + WRITE_BYTES);
                unsent = ByteBuffer.allocateDirect(capacity).put(unsent);
            } else if (unsent.capacity() - unsent.limit() < out.remaining()) {
                unsent.compact();
            } else {
                unsent.mark().position(unsent.limit()).limit(unsent.capacity());
                unsent.put(out).limit(unsent.position()).reset();
                return;
            }
            unsent.put(out).flip();
        }

        void flush() {
            write(unsent);
        }

        /** A connection that is broken is seen by who reads it, so only what is left to send is dropped here. */
        private void write(ByteBuffer bytes) {
            try {
                channel.write(bytes);
            } catch (IOException e) {
                bytes.position(bytes.limit());
            }
        }

        void serve(Run run, SelectionKey key) {
            try {
                if (key.isReadable()) {
                    read(run);
                }
                if (run.depth > 0) {
                    long now = clock.getAsLong();
                    if (unsent.hasRemaining()) {
                        flush();
                    } else if (now - run.last() < 0) {
                        fill(run, now);
                    }
                    int interest =
                            unsent.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
                    if (key.interestOps() != interest) {
                        key.interestOps(interest);
                    }
                }
            } catch (IOException | IllegalStateException e) {
                close();
                run.lost(this, e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }

        private void read(Run run) throws IOException {
            int count = channel.read(in.clear().put(begun));
            in.flip();
            long now = clock.getAsLong();
            int length = wire.next(in);
            while (length >= 0) {
                int begin = in.position();
                run.answered(this, in.array(), begin, begin + length, now);
                in.position(begin + length);
                length = wire.next(in);
            }
            keepRest();
            if (length == Wire.CLOSED || count < 0) {
                throw new IOException("the server closed the connection");
            }
        }

        private void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // Closed all the same.
            }
        }

        private void keepRest() {
            begun = in.hasRemaining() ? Arrays.copyOfRange(in.array(), in.position(), in.limit()) : NOTHING;
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
            if (Arrays.equals(needle, 0, needle.length, bytes, i, i + needle.length)) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
