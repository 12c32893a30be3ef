package bayar.transport.tcp;

import bayar.TransportStatus;
import bayar.transport.MessageHandler;
import bayar.transport.Transport;
import bayar.transport.nio.EventLoops;
import bayar.transport.nio.ListenerSettings;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Messages in frames over plain TCP. */
public final class TcpTransport implements Transport {
    private final EventLoops loops;

    private TcpTransport(ListenerSettings settings, Framing framing) {
        int messageBytes = Math.min(settings.messageBytes(), framing.mostBytes());
        loops = new EventLoops("tcp", settings, link -> new FrameProtocol(link, framing, messageBytes));
    }

    /** A transport with every setting at its default, on a port of the loopback interface; 0 takes any free one. */
    public static TcpTransport on(int port) {
        return builder().port(port).build();
    }

    /** Begins a transport that is set up step by step. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String name() {
        return loops.name();
    }

    @Override
    public void start(MessageHandler handler) {
        loops.start(handler);
    }

    @Override
    public InetSocketAddress address() {
        return loops.address();
    }

    @Override
    public TransportStatus status() {
        return loops.status();
    }

    @Override
    public boolean drain(Duration timeout) {
        return loops.drain(timeout);
    }

    @Override
    public void close() {
        loops.close();
    }

    /** Sets a transport up. */
    public static final class Builder extends ListenerSettings.Builder<Builder> {
        private Framing framing = Framing.LENGTH4;

        private Builder() {}

        /** How messages are told apart: {@link Framing#LENGTH4} unless told. */
        public Builder framing(Framing framing) {
            this.framing = framing;
            return this;
        }

        /** The transport, not started yet. */
        public TcpTransport build() {
            return new TcpTransport(settings(), framing);
        }

        @Override
        protected Builder self() {
            return this;
        }
    }
}
