package bayar.transport.websocket;

import bayar.BayarException;
import bayar.transport.Dialer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Connects to a WebSocket server, with the JDK's own client. Messages are sent as binary ones; text is understood too.
 *
 * <p>A connection sends a ping now and then, which keeps it from being closed as idle, and is given up when nothing at
 * all was heard for two pings' time.
 */
public final class WebSocketDialer implements Dialer {
    private final URI uri;
    private final Duration connectTimeout;
    private final Duration pingInterval;
    private final int messageBytes;
    private final HttpClient client;

    private WebSocketDialer(Builder builder) {
        this.uri = builder.uri;
        this.connectTimeout = builder.connectTimeout;
        this.pingInterval = builder.pingInterval;
        this.messageBytes = builder.messageBytes;
        this.client = HttpClient.newBuilder().connectTimeout(connectTimeout).build();
    }

    /**
     * A dialer of this server, such as {@code ws://127.0.0.1:2346}, with the usual timeouts.
     *
     * @throws BayarException if that is not the address of a WebSocket server
     */
    public static WebSocketDialer to(String uri) {
        return builder(uri).build();
    }

    /**
     * A builder of a dialer of this server, such as {@code ws://127.0.0.1:2346} or {@code wss://pay.example/payments}.
     *
     * @throws BayarException if that is not the address of a WebSocket server
     */
    public static Builder builder(String uri) {
        return new Builder(uri);
    }

    @Override
    public Connection dial(Listener listener) throws IOException {
        LiveConnection connection = new LiveConnection(listener, messageBytes);
        CompletableFuture<WebSocket> opening =
                client.newWebSocketBuilder().connectTimeout(connectTimeout).buildAsync(uri, connection);
        try {
            connection.open(opening.get(connectTimeout.toNanos(), TimeUnit.NANOSECONDS), pingInterval);
            return connection;
        } catch (ExecutionException e) {
            throw unreachable(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            abandon(opening);
            throw unreachable(e);
        } catch (InterruptedException e) {
            abandon(opening);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while connecting to " + uri);
        }
    }

    private static void abandon(CompletableFuture<WebSocket> opening) {
        opening.thenAccept(WebSocket::abort);
    }

    private IOException unreachable(Throwable cause) {
        String why;
        if (cause instanceof WebSocketHandshakeException) {
            why = "it answered HTTP "
                    + ((WebSocketHandshakeException) cause).getResponse().statusCode();
        } else if (cause instanceof TimeoutException || cause instanceof java.net.http.HttpTimeoutException) {
            why = "no answer within " + connectTimeout.toMillis() + " ms";
        } else if (cause instanceof ConnectException) {
            why = "nothing listens there";
        } else {
            why = cause.toString();
        }
        return new IOException("cannot connect to " + uri + ": " + why, cause);
    }

    /** Gathers the settings of a dialer. Not thread-safe. */
    public static final class Builder {
        private final URI uri;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration pingInterval = Duration.ofSeconds(20);
        private int messageBytes = 64 * 1024;

        private Builder(String uri) {
            URI parsed;
            try {
                parsed = URI.create(uri);
            } catch (IllegalArgumentException e) {
                throw notAnAddress(uri, e);
            }
            boolean isWebSocket =
                    "ws".equalsIgnoreCase(parsed.getScheme()) || "wss".equalsIgnoreCase(parsed.getScheme());
            if (!isWebSocket || parsed.getHost() == null || parsed.getFragment() != null) {
                throw notAnAddress(uri, null);
            }
            this.uri = parsed;
        }

        private static BayarException notAnAddress(String uri, @Nullable IllegalArgumentException cause) {
            String message =
                    "\"" + uri + "\" is not the address of a WebSocket server; write it as ws://127.0.0.1:2346";
            return cause == null ? new BayarException(message) : new BayarException(message, cause);
        }

        /** How long connecting may take, handshake included; 5 seconds when not said. */
        public Builder connectTimeout(Duration connectTimeout) {
            this.connectTimeout = positive("connect timeout", connectTimeout);
            return this;
        }

        /** The time between two pings; 20 seconds when not said. */
        public Builder pingInterval(Duration pingInterval) {
            this.pingInterval = positive("ping interval", pingInterval);
            return this;
        }

        /** The largest message taken from the server, in bytes; 64 KiB when not said. */
        public Builder messageBytes(int messageBytes) {
            if (messageBytes < 1) {
                throw new BayarException("a limit of " + messageBytes + " bytes takes no message; give at least 1");
            }
            this.messageBytes = messageBytes;
            return this;
        }

        /** The dialer. */
        public WebSocketDialer build() {
            return new WebSocketDialer(this);
        }

        private static Duration positive(String what, Duration duration) {
            if (duration.isZero() || duration.isNegative()) {
                throw new BayarException("the " + what + " is " + duration + "; give more than nothing");
            }
            return duration;
        }
    }
}
