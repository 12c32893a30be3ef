package bayar.engine;

import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import bayar.transport.Peer;
import bayar.transport.Transport;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A transport without a network: a test puts a message in and gets its reply. */
final class DirectTransport implements Transport {
    private final AtomicInteger wakes = new AtomicInteger();
    private final Exchange.Outbox outbox = this::wake;
    private volatile MessageHandler handler;
    private volatile boolean takesNames = true;
    private volatile boolean failsToReply;
    private volatile boolean failsToWake;
    private volatile int unanswered = 1;
    private volatile boolean failsToEnd;

    CompletableFuture<String> send(byte[] message) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        handler.onMessage(
                new Exchange() {
                    @Override
                    public Peer peer() {
                        return new DirectPeer();
                    }

                    @Override
                    public Outbox enqueue(byte[] reply) {
                        if (failsToReply) {
                            throw new IllegalStateException("on purpose");
                        }
                        answer.complete(new String(reply, StandardCharsets.UTF_8));
                        return outbox;
                    }
                },
                message);
        return answer;
    }

    /** How many messages each peer has without a reply, as it tells. */
    void unanswered(int messages) {
        unanswered = messages;
    }

    /** How many messages each peer may have without a reply, as the engine says. */
    int mostUnanswered() {
        return handler.mostUnanswered(new DirectPeer());
    }

    void refuseNames() {
        takesNames = false;
    }

    void failToEnd() {
        failsToEnd = true;
    }

    void failToReply(boolean fails) {
        failsToReply = fails;
    }

    void failToWake(boolean fails) {
        failsToWake = fails;
    }

    int wakes() {
        return wakes.get();
    }

    private void wake() {
        wakes.incrementAndGet();
        if (failsToWake) {
            throw new IllegalStateException("on purpose");
        }
    }

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public void start(MessageHandler messageHandler) {
        handler = messageHandler;
    }

    @Override
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("nowhere", 0);
    }

    private void failOnPurpose() {
        if (failsToEnd) {
            throw new IllegalStateException("on purpose");
        }
    }

    @Override
    public boolean drain(Duration timeout) {
        failOnPurpose();
        return true;
    }

    @Override
    public void close() {
        failOnPurpose();
    }

    private final class DirectPeer implements Peer {
        @Override
        public String address() {
            return "direct:1";
        }

        @Override
        public boolean identify(String name) {
            return takesNames;
        }

        @Override
        public int unanswered() {
            return unanswered;
        }

        @Override
        public void close() {}
    }
}
