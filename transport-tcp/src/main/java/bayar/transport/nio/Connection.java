package bayar.transport.nio;

import bayar.transport.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection, on its loop's thread; only {@link #peer} is for other threads.
 *
 * <p>Its life: handshaking until the protocol says {@link #opened}; then open; then <i>ending</i>, when nothing more is
 * delivered and the replies still owed are awaited; then <i>parting</i>, when the protocol says good-bye and may read
 * the peer's; then <i>closing</i>, when the last bytes leave and whatever still comes in is thrown away for a moment,
 * since closing a socket with unread input resets the connection and may cost the peer our last words; then closed. It
 * may be closed from each of these at once.
 */
final class Connection implements Link {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** How much one connection may do in one turn of its loop before the others have theirs. */
    private static final int MESSAGES_PER_TURN = 128;

    private static final int READS_PER_TURN = 4;
    private static final int WRITES_PER_TURN = 8;

    /** How many bytes are read at once: what a paused connection may have to keep beside one partial message. */
    static final int READ_BYTES = 16 * 1_024;

    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final ListenerSettings settings;
    private final SocketChannel socket;
    private final Wire wire;
    private final InetAddress from;
    private final Correspondent peer;
    private final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>(4);
    private final long madeNanos;

    private @Nullable SelectionKey key;
    private @Nullable Protocol protocol;
    private int ops = SelectionKey.OP_READ;

    private boolean opened;
    private boolean inputEnded;
    private boolean ending;
    private boolean parting;
    private boolean closing;
    private boolean outputEnded;
    private boolean closed;

    /** What the protocol left of the input, ready to be added to. */
    private @Nullable ByteBuffer leftover;

    /** Whether the leftover waits for the connection, rather than for more bytes: nothing more is read then. */
    private boolean held;

    private boolean overloaded;
    private int unanswered;
    private int messagesThisTurn;
    private int unsentBytes;
    private long readNanos;
    private long partialNanos;
    private long sentNanos;
    private long outputEndedNanos;

    /** Where it stands in its loop's list. */
    int index;

    /** Whether it is in its loop's queue of connections to settle at the end of the turn. */
    boolean touched;

    /** Whether it is in its loop's queue of connections whose leftover goes on next turn. */
    boolean queuedAgain;

    Connection(EventLoop loop, SocketChannel socket, Wire wire, String scheme, InetSocketAddress remote) {
        this.loop = loop;
        this.settings = loop.settings();
        this.socket = socket;
        this.wire = wire;
        this.from = remote.getAddress();
        this.peer = new Correspondent(loop, this, describe(scheme, remote));
        this.madeNanos = loop.nowNanos();
        this.readNanos = madeNanos;
    }

    private static String describe(String scheme, InetSocketAddress remote) {
        String host = remote.getAddress().getHostAddress();
        return scheme + ":" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + remote.getPort();
    }

    // What its loop calls. What these throw closes the connection.

    void begin(Selector selector, Protocol.Factory protocols) throws IOException {
        moveTo(selector);
        protocol = protocols.open(this);
    }

    void moveTo(Selector selector) throws IOException {
        key = socket.register(selector, ops, this);
    }

    void ready() throws IOException {
        SelectionKey at = key;
        if (at != null && at.isValid() && (at.readyOps() & SelectionKey.OP_READ) != 0) {
            messagesThisTurn = 0;
            for (int reads = 0; reads < READS_PER_TURN && wantsRead(); reads++) {
                if (!read()) {
                    break;
                }
            }
        }
        loop.touch(this);
    }

    /** Reads once, and says whether there may be more. */
    private boolean read() throws IOException {
        if (closing) {
            return discard();
        }
        ByteBuffer kept = leftover;
        ByteBuffer into;
        if (kept != null && kept.position() > READ_BYTES) {
            into = withRoom(kept);
            leftover = into;
        } else {
            // Read behind a copy of the little that is kept: into its own buffer, no more would come than its few bytes
            // of room, and a peer that has sent thousands of messages would be read one by one.
            into = loop.input().clear();
            if (kept != null) {
                into.put(kept.duplicate().flip());
            }
        }
        into.limit(Math.min(into.capacity(), into.position() + READ_BYTES));
        int count = wire.read(into);
        if (count < 0) {
            endInput();
            return false;
        }
        if (count > 0) {
            loop.traffic().received(count);
            readNanos = loop.nowNanos();
            give(into);
        }
        return count == READ_BYTES;
    }

    private ByteBuffer withRoom(ByteBuffer kept) {
        if (kept.position() < kept.capacity()) {
            return kept;
        }
        int most = settings.messageBytes() + 2 * READ_BYTES;
        if (kept.capacity() >= most) {
            throw new IllegalStateException("the protocol took none of " + kept.capacity() + " bytes");
        }
        ByteBuffer larger = ByteBuffer.allocate(Math.min(most, 2 * kept.capacity()));
        return larger.put(kept.flip());
    }

    private boolean discard() throws IOException {
        int count = wire.read(loop.input().clear());
        if (count < 0) {
            inputEnded = true;
        }
        return count == loop.input().capacity();
    }

    /** Gives the protocol its input, and keeps what it leaves of it. */
    private void give(ByteBuffer input) {
        input.flip();
        protocol().onBytes(input);
        if (closed || closing || !input.hasRemaining()) {
            leftover = null;
            held = false;
            return;
        }
        boolean tookSome = input.position() > 0;
        boolean wasPartial = leftover != null && !held;
        keep(input);
        held = isPaused();
        if (tookSome || !wasPartial) {
            partialNanos = loop.nowNanos();
        }
    }

    private void keep(ByteBuffer rest) {
        ByteBuffer kept = leftover;
        if (rest == kept) {
            kept.compact();
        } else if (kept != null && kept.capacity() >= rest.remaining()) {
            kept.clear().put(rest);
        } else {
            int most = settings.messageBytes() + 2 * READ_BYTES;
            leftover = ByteBuffer.allocate(Math.min(most, Math.max(256, 2 * rest.remaining())))
                    .put(rest);
        }
    }

    /** Goes on with the leftover that was held back. */
    void goOn() {
        ByteBuffer kept = leftover;
        messagesThisTurn = 0;
        if (held && kept != null && !isPaused()) {
            give(kept);
        }
        loop.touch(this);
    }

    private void endInput() {
        inputEnded = true;
        boolean parted = parting;
        protocol().onEnd();
        if (parted) {
            closeAfterWrites();
        } else {
            closeAfterReplies();
        }
    }

    void reply(UnansweredMessage message) {
        if (closed) {
            return;
        }
        unanswered--;
        if (unanswered == 0) {
            loop.counts().addBusy(-1);
        }
        if (!parting && !closing) {
            protocol().onReply(message.kind(), message.reply());
        }
        if (ending && !parting && unanswered == 0) {
            part();
        }
        loop.touch(this);
    }

    /** Brings socket, selector and queues in line with what this turn has changed. */
    void settle() throws IOException {
        send();
        if (closed) {
            return;
        }
        if (closing && unsent.isEmpty() && !outputEnded) {
            wire.endOutput();
            outputEnded = true;
            outputEndedNanos = loop.nowNanos();
        }
        if (outputEnded && inputEnded) {
            close();
            return;
        }
        messagesThisTurn = 0;
        if (held && !isPaused()) {
            loop.again(this);
        }
        int wanted = wire.interestOps(wantsRead(), !unsent.isEmpty());
        SelectionKey at = key;
        if (wanted != ops && at != null) {
            at.interestOps(wanted);
            ops = wanted;
        }
    }

    private boolean wantsRead() {
        return !closed && !inputEnded && (closing || !held && (parting || !ending && !isOverloaded()));
    }

    /** Sends what is queued, gathered into as few writes as it takes. */
    private void send() throws IOException {
        for (int writes = 0; writes < WRITES_PER_TURN && !unsent.isEmpty(); writes++) {
            ByteBuffer output = loop.output().clear();
            for (ByteBuffer bytes : unsent) {
                int position = bytes.position();
                int count = Math.min(bytes.remaining(), output.remaining());
                output.put(output.position(), bytes, position, count).position(output.position() + count);
                if (!output.hasRemaining()) {
                    break;
                }
            }
            output.flip();
            int offered = output.remaining();
            int sent = wire.write(output);
            if (sent > 0) {
                loop.traffic().sent(sent);
                sentNanos = loop.nowNanos();
                unsentBytes -= sent;
                forget(sent);
            }
            if (sent < offered) {
                return;
            }
        }
    }

    private void forget(int sent) {
        int left = sent;
        while (left > 0) {
            ByteBuffer first = unsent.element();
            int count = Math.min(left, first.remaining());
            first.position(first.position() + count);
            left -= count;
            if (!first.hasRemaining()) {
                unsent.remove();
            }
        }
    }

    /** Closes it if it is past a deadline. */
    void checkDeadlines(long nowNanos) {
        Protocol told = protocol;
        if (told != null && !closing) {
            told.onTick(nowNanos);
        }
        if (closed) {
            return;
        }
        if (!opened && !closing && isPast(madeNanos, settings.handshakeMillis(), nowNanos)) {
            loop.traffic().broken();
            closeFor("its handshake took too long");
        } else if (!unsent.isEmpty() && isPast(sentNanos, settings.stallMillis(), nowNanos)) {
            loop.traffic().slow();
            closeFor("it took none of the " + unsentBytes + " bytes for it");
        } else if (outputEnded && nowNanos - outputEndedNanos > LINGER_NANOS) {
            close();
        } else if (leftover != null
                && !held
                && !ending
                && isPast(partialNanos, settings.partialMessageMillis(), nowNanos)) {
            loop.traffic().broken();
            closeFor("the rest of its message took too long");
        } else if (settings.idleMillis() > 0
                && (wantsRead() || inputEnded || ending)
                && isPast(readNanos, settings.idleMillis(), nowNanos)) {
            closeFor("nothing was received from it");
        }
    }

    private static boolean isPast(long sinceNanos, long millis, long nowNanos) {
        return nowNanos - sinceNanos > TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void closeFor(String why) {
        LOG.debug("{}: closed, since {}", address(), why);
        close();
    }

    /** The other end, or the network, is at fault. */
    void lost(IOException why) {
        LOG.debug("{}: gone: {}", address(), why.getMessage());
        close();
    }

    /** Our side is at fault. */
    void failed(Throwable why) {
        close();
        LOG.error("{}: this connection was closed for the failure below; the others go on", address(), why);
    }

    /** Says good-bye now: what is queued is sent, what is unanswered stays so. */
    void leave() {
        if (closed || closing || parting) {
            return;
        }
        if (!opened) {
            close();
            return;
        }
        ending = true;
        part();
        loop.touch(this);
    }

    private void part() {
        parting = true;
        protocol().onDrain();
    }

    boolean owes() {
        return unanswered > 0 || !unsent.isEmpty();
    }

    boolean isClosed() {
        return closed;
    }

    EventLoop loop() {
        return loop;
    }

    Peer peer() {
        return peer;
    }

    InetAddress from() {
        return from;
    }

    private Protocol protocol() {
        Protocol spoken = protocol;
        if (spoken == null) {
            throw new IllegalStateException("no protocol yet");
        }
        return spoken;
    }

    private boolean isOverloaded() {
        int share = loop.handler().mostUnanswered(peer);
        int mostUnanswered = Math.max(1, Math.min(settings.maxUnanswered(), share));
        // Resuming at half the limits rather than just below them lets work come and go in batches.
        overloaded = overloaded
                ? unanswered > mostUnanswered / 2 || unsentBytes > settings.pauseReadingAtUnsentBytes() / 2
                : unanswered >= mostUnanswered || unsentBytes >= settings.pauseReadingAtUnsentBytes();
        return overloaded;
    }

    // What the protocol calls.

    @Override
    public String address() {
        return peer.address();
    }

    @Override
    public void opened() {
        if (closed || opened) {
            return;
        }
        opened = true;
        try {
            loop.handler().onOpen(peer);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    @Override
    public void deliver(int kind, byte[] message) {
        if (closed || closing || ending) {
            return;
        }
        if (unanswered == 0) {
            loop.counts().addBusy(1);
        }
        unanswered++;
        messagesThisTurn++;
        try {
            loop.handler().onMessage(new UnansweredMessage(this, kind), message);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    @Override
    public boolean isPaused() {
        if (closed || closing) {
            return true;
        }
        return !parting && (ending || messagesThisTurn >= MESSAGES_PER_TURN || isOverloaded());
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (closed || closing || !bytes.hasRemaining()) {
            return;
        }
        if (unsent.isEmpty()) {
            sentNanos = loop.nowNanos();
        }
        unsent.add(bytes);
        unsentBytes += bytes.remaining();
        if (unsentBytes > settings.closeAtUnsentBytes()) {
            loop.traffic().slow();
            closeFor("it reads too slowly: " + unsentBytes + " bytes wait for it");
            return;
        }
        loop.touch(this);
    }

    @Override
    public void broken() {
        if (!closed && !closing) {
            loop.traffic().broken();
        }
    }

    @Override
    public long nowNanos() {
        return loop.nowNanos();
    }

    @Override
    public void closeAfterReplies() {
        if (closed || closing || ending) {
            return;
        }
        if (!opened) {
            closeAfterWrites();
            return;
        }
        ending = true;
        if (unanswered == 0) {
            part();
        }
        loop.touch(this);
    }

    @Override
    public void closeAfterWrites() {
        if (closed || closing) {
            return;
        }
        closing = true;
        leftover = null;
        held = false;
        loop.touch(this);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (unanswered > 0) {
            loop.counts().addBusy(-1);
        }
        loop.closed(this);
        unsent.clear();
        leftover = null;
        peer.leave();
        try {
            wire.close();
        } catch (IOException e) {
            LOG.debug("{}: its socket was given up, but not without an error: {}", address(), e.getMessage());
        }
        if (opened) {
            try {
                loop.handler().onClose(peer);
            } catch (Throwable thrown) {
                LOG.error("{}: the handler failed when told of its close; the others go on", address(), thrown);
            }
        }
    }

    /** The connection as the handler sees it. */
    private static final class Correspondent implements Peer {
        private final EventLoop loop;
        private final Connection connection;
        private final String address;
        private Set<String> names = Set.of();
        private boolean gone;
        private volatile String latestName = "";

        Correspondent(EventLoop loop, Connection connection, String address) {
            this.loop = loop;
            this.connection = connection;
            this.address = address;
        }

        @Override
        public String address() {
            return address;
        }

        @Override
        public boolean identify(String name) {
            // The usual case: every message of a connection is signed by the same key.
            if (name.equals(latestName)) {
                return true;
            }
            synchronized (this) {
                if (!gone && !names.contains(name)) {
                    if (!loop.counts().addName(name)) {
                        return false;
                    }
                    Set<String> more = new HashSet<>(names);
                    more.add(name);
                    names = more;
                }
                latestName = name;
                return true;
            }
        }

        @Override
        public int unanswered() {
            return connection.unanswered;
        }

        @Override
        public int busyPeers() {
            return loop.counts().busy();
        }

        @Override
        public void close() {
            loop.submit(connection, Connection::leave);
        }

        private synchronized void leave() {
            gone = true;
            names.forEach(loop.counts()::subtractName);
            names = Set.of();
        }

        @Override
        public String toString() {
            return address;
        }
    }
}
