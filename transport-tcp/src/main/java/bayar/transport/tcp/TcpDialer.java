package bayar.transport.tcp;

import bayar.BayarException;
import bayar.transport.Dialer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;

/** Opens connections to a server that takes messages in frames over plain TCP. */
public final class TcpDialer implements Dialer {
    private final String host;
    private final int port;
    private final Framing framing;
    private final Duration connectTimeout;
    private final int messageBytes;
    private final ThreadFactory threads;

    private TcpDialer(Builder from) {
        host = from.host;
        port = from.port;
        framing = from.framing;
        connectTimeout = from.connectTimeout;
        messageBytes = from.messageBytes;
        threads = from.threads;
    }

    /** A dialer with every setting at its default. */
    public static TcpDialer to(String host, int port) {
        return builder(host, port).build();
    }

    /** Begins a dialer that is set up step by step. */
    public static Builder builder(String host, int port) {
        return new Builder(host, port);
    }

    @Override
    public Connection dial(Listener listener) throws IOException {
        InetSocketAddress server = new InetSocketAddress(host, port);
        if (server.isUnresolved()) {
            throw new IOException("the host " + host + " has no address");
        }
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(server, (int) connectTimeout.toMillis());
            DialedConnection connection = new DialedConnection(socket, framing, messageBytes, listener);
            threads.newThread(connection::readAll).start();
            return connection;
        } catch (IOException | RuntimeException | Error failure) {
            socket.close();
            throw failure;
        }
    }

    /** Sets a dialer up. */
    public static final class Builder {
        private final String host;
        private final int port;
        private Framing framing = Framing.LENGTH4;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private int messageBytes = 1024 * 1024;
        private ThreadFactory threads;

        private Builder(String host, int port) {
            if (port < 1 || port > 65_535) {
                throw new BayarException("port is " + port + "; it must be from 1 to 65535");
            }
            this.host = host;
            this.port = port;
            threads = work -> {
                Thread thread = new Thread(work, "bayar-tcp-client " + host + ":" + port);
                thread.setDaemon(true);
                return thread;
            };
        }

        /** How messages are told apart, as the server does: {@link Framing#LENGTH4} unless told. */
        public Builder framing(Framing framing) {
            this.framing = framing;
            return this;
        }

        /** How long a connection may take to be made: 5 s unless told. */
        public Builder connectTimeout(Duration timeout) {
            if (timeout.toMillis() < 1 || timeout.toMillis() > Integer.MAX_VALUE) {
                throw new BayarException("connectTimeout is " + timeout + "; it must be from 1 ms to 24 days");
            }
            this.connectTimeout = timeout;
            return this;
        }

        /** How long a message from the server may be: 1 MiB unless told. */
        public Builder messageBytes(int bytes) {
            if (bytes < 1) {
                throw new BayarException("messageBytes is " + bytes + "; it must be 1 or more");
            }
            this.messageBytes = bytes;
            return this;
        }

        /** Makes the one thread of each connection, which reads: a daemon thread unless told. */
        public Builder threads(ThreadFactory threads) {
            this.threads = threads;
            return this;
        }

        /** The dialer. */
        public TcpDialer build() {
            return new TcpDialer(this);
        }
    }
}
