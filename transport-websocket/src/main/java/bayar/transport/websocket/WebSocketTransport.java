package bayar.transport.websocket;

import bayar.BayarException;
import bayar.TransportStatus;
import bayar.transport.MessageHandler;
import bayar.transport.Transport;
import bayar.transport.nio.EventLoops;
import bayar.transport.nio.ListenerSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Listens for WebSocket connections (RFC 6455). A text and a binary message both carry one message; its reply comes in
 * the same kind, and must be UTF-8 where the message was text.
 *
 * <p>Strict: no extension and no compression is agreed on, a subprotocol that is asked for is not taken up, and a peer
 * that breaks a rule is told which one and closed. Web pages connect only from this host or from an
 * {@linkplain Builder#origins origin that was listed}.
 */
public final class WebSocketTransport implements Transport {
    private final EventLoops loops;

    private WebSocketTransport(ListenerSettings settings, Builder builder) {
        WebSocketLimits limits = new WebSocketLimits(
                settings.messageBytes(),
                builder.fragments,
                builder.pingsPerSecond,
                TimeUnit.MILLISECONDS.toNanos(settings.partialMessageMillis()),
                TimeUnit.MILLISECONDS.toNanos(builder.closeMillis));
        String path = builder.path;
        OriginPolicy origins = new OriginPolicy(builder.origins, isLoopback(settings.host()));
        this.loops = new EventLoops(
                "ws", settings, link -> new WebSocketProtocol(link, limits, new OpeningHandshake(path, origins)));
    }

    private static boolean isLoopback(String host) {
        // A host without an address is refused by start.
        InetAddress address = new InetSocketAddress(host, 0).getAddress();
        return address != null && address.isLoopbackAddress();
    }

    /** A listener on this port of the loopback interface, with the usual limits; port 0 takes any that is free. */
    public static WebSocketTransport on(int port) {
        return builder().port(port).build();
    }

    /** A builder of a listener. */
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

    /** Gathers the settings of a listener. Not thread-safe. */
    public static final class Builder extends ListenerSettings.Builder<Builder> {
        private String path = "/";
        private Set<String> origins = Set.of();
        private int fragments = 65_536;
        private int pingsPerSecond = 100;
        private long closeMillis = 2_000;

        private Builder() {}

        /** The one path that is served, {@code /} unless told; a query behind it is ignored. Others are answered 404. */
        public Builder path(String path) {
            if (!path.startsWith("/") || path.contains("?") || path.contains("#")) {
                throw new BayarException("path \"" + path + "\" must begin with a slash and have neither ? nor #");
            }
            this.path = path;
            return this;
        }

        /**
         * The origins of web pages that may connect beside those of this host, such as {@code https://shop.example};
         * {@code *} for any. None unless told. Clients that are no browsers send no origin and are not concerned.
         */
        public Builder origins(String... origins) {
            for (String origin : origins) {
                int authority = origin.indexOf("://");
                boolean isOrigin = authority > 0 && origin.indexOf('/', authority + 3) < 0;
                if (!isOrigin && !origin.equals(OriginPolicy.ANY) && !origin.equals("null")) {
                    throw new BayarException(
                            "origin \"" + origin + "\" must be a scheme and a host, such as https://shop.example");
                }
            }
            this.origins = Set.of(origins);
            return this;
        }

        /** How many fragments one message may have: 65,536 unless told. */
        public Builder fragments(int fragments) {
            this.fragments = atLeastOne("fragments", fragments);
            return this;
        }

        /** How many pings and pongs a peer may send in one second: 100 unless told. */
        public Builder pingsPerSecond(int pings) {
            this.pingsPerSecond = atLeastOne("pingsPerSecond", pings);
            return this;
        }

        /** How long the peer's CLOSE is waited for: 2 s unless told. */
        public Builder closeMillis(int millis) {
            this.closeMillis = atLeastOne("closeMillis", millis);
            return this;
        }

        /** The listener, not started yet. */
        public WebSocketTransport build() {
            return new WebSocketTransport(settings(), this);
        }

        @Override
        protected Builder self() {
            return this;
        }

        private static int atLeastOne(String name, int value) {
            if (value < 1) {
                throw new BayarException(name + " is " + value + "; it must be at least 1");
            }
            return value;
        }
    }
}
