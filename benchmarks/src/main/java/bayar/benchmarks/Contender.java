package bayar.benchmarks;

import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.VerificationContext;
import bayar.auth.Authenticator;
import bayar.auth.FreshnessVerifier;
import bayar.auth.GrantVerifier;
import bayar.auth.KeySet;
import bayar.codec.Decoding;
import bayar.codec.InputLimits;
import bayar.codec.ReceiptWriter;
import bayar.codec.RequestReader;
import bayar.engine.PaymentEngine;
import bayar.engine.RequestLog;
import bayar.monitor.Monitor;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import bayar.transport.Transport;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/** A server that is measured: our engine, and what it is compared with. */
enum Contender {
    /** Our transport alone: echoes. */
    ECHO("our transport, echo", false) {
        @Override
        Running open(Setup setup) {
            return running(setup, Exchange::reply);
        }
    },
    /** Java-WebSocket's own server: echoes. */
    JAVA_WEBSOCKET("Java-WebSocket, echo", false) {
        @Override
        Running open(Setup setup) {
            return LibraryEcho.open();
        }
    },
    /** Netty: echoes. */
    NETTY("Netty, echo", false) {
        @Override
        Running open(Setup setup) {
            return NettyServer.open(setup.isWebSocket(), NettyServer.echo());
        }
    },
    /** Our transport and verification: replies a receipt, and remembers nothing. */
    VERIFY("verify and reply only", false) {
        @Override
        Running open(Setup setup) {
            return running(setup, new VerifyOnly(KeySet.load(setup.keys())));
        }
    },
    /** What people write: one transaction for each payment. */
    HANDWRITTEN("what people write", true) {
        @Override
        Running open(Setup setup) throws Exception {
            return HandwrittenServer.open(setup);
        }
    },
    /** Our engine, durable. */
    SQLITE("Bayar, SQLite", true) {
        @Override
        Running open(Setup setup) {
            PaymentStore store = SqliteStore.open(setup.directory().resolve(LEDGER));
            return engine(setup, store, PaymentEngine.builder().logRequests(false));
        }
    },
    /** Our engine, durable, one force of the disk for each payment. */
    SQLITE_ONE("Bayar, SQLite, batches of one", true) {
        @Override
        Running open(Setup setup) {
            PaymentStore store = SqliteStore.open(setup.directory().resolve(LEDGER));
            return engine(
                    setup, store, PaymentEngine.builder().logRequests(false).maxBatch(1));
        }
    },
    /** Our engine, durable, with monitor and live page, somebody who scrapes it every second, and the request log on. */
    SQLITE_MONITORED("Bayar, SQLite, monitor and log", true) {
        @Override
        Running open(Setup setup) {
            // Before the first logger is made, which reads them.
            System.setProperty(
                    "org.slf4j.simpleLogger.logFile",
                    setup.directory().resolve("server.log").toString());
            System.setProperty("org.slf4j.simpleLogger.log." + RequestLog.LOGGER, "info");
            PaymentStore store = SqliteStore.open(setup.directory().resolve(LEDGER));
            Monitor monitor = Monitor.builder().port(0).build();
            Running running = engine(
                    setup, store, PaymentEngine.builder().logRequests(true).extension(monitor));
            ScheduledExecutorService scraper = Executors.newSingleThreadScheduledExecutor();
            scraper.scheduleAtFixedRate(monitor::scrape, 1, 1, TimeUnit.SECONDS);
            return new Running(running.port(), () -> {
                scraper.shutdown();
                scraper.awaitTermination(10, TimeUnit.SECONDS);
                running.server().close();
            });
        }
    },
    /** Our engine, durable in {@linkplain OwnFormat what a file format of our own would be}. */
    OWN_FORMAT("Bayar, own format (prototype)", true) {
        @Override
        Running open(Setup setup) {
            return engine(
                    setup,
                    OwnFormat.open(setup.directory()),
                    PaymentEngine.builder().logRequests(false));
        }
    },
    /** Our engine, with nothing durable. */
    MEMORY("Bayar, memory", true) {
        @Override
        Running open(Setup setup) {
            return engine(setup, new MemoryStore(), PaymentEngine.builder().logRequests(false));
        }
    };

    /** Enough for every payment of a benchmark, each of one minor unit. */
    static final long OPENING_MINOR = 10_000_000_000L;

    /** Where in its directory a server keeps its SQLite ledger. */
    static final String LEDGER = "ledger";

    private final String title;
    private final boolean remembers;

    Contender(String title, boolean remembers) {
        this.title = title;
        this.remembers = remembers;
    }

    /**
     * What a server is to be.
     *
     * @param isWebSocket WebSocket, or TCP
     * @param keys the key file
     * @param accounts how many accounts there are, named {@code a-0} and so on
     * @param directory where it may keep something
     */
    record Setup(boolean isWebSocket, Path keys, int accounts, Path directory) {}

    /** A server that listens. */
    record Running(int port, AutoCloseable server) {}

    /** Its name for tables. */
    String title() {
        return title;
    }

    /** Whether a payment can be sent to it only once. */
    boolean remembers() {
        return remembers;
    }

    /** Whether it stands for a server of its own, rather than for a setting of ours that has a scenario of its own. */
    boolean isPeer() {
        return this != SQLITE_MONITORED;
    }

    /** Whether it speaks this transport. */
    boolean speaks(boolean webSocket) {
        return webSocket || this != JAVA_WEBSOCKET;
    }

    Load.Replies replies() {
        return switch (this) {
            case ECHO, JAVA_WEBSOCKET, NETTY -> Load.Replies.ECHO;
            default -> Load.Replies.RECEIPT;
        };
    }

    /** Has it listen, on a free port of this machine alone. */
    abstract Running open(Setup setup) throws Exception;

    private static Transport transport(Setup setup) {
        // All connections come from one address and one principal here, and many at once.
        return setup.isWebSocket()
                ? WebSocketTransport.builder().acceptsPerSecond(100_000).build()
                : TcpTransport.builder().acceptsPerSecond(100_000).build();
    }

    private static Running running(Setup setup, MessageHandler handler) {
        Transport transport = transport(setup);
        transport.start(handler);
        return new Running(transport.address().getPort(), transport);
    }

    private static Running engine(Setup setup, PaymentStore store, PaymentEngine.Builder builder) {
        Transport transport = transport(setup);
        builder.store(store).keys(KeySet.load(setup.keys())).transport(transport);
        Money opening = Money.of(OPENING_MINOR, "MYR");
        for (int i = 0; i < setup.accounts(); i++) {
            builder.account("a-" + i, opening);
        }
        PaymentEngine engine = builder.start();
        return new Running(transport.address().getPort(), engine);
    }

    /** Does all that can be done for a payment without remembering it. */
    private static final class VerifyOnly implements MessageHandler {
        private final Authenticator authenticator;
        private final RequestReader reader = new RequestReader(InputLimits.DEFAULT);
        private final ReceiptWriter writer = new ReceiptWriter();
        private final FreshnessVerifier freshness = new FreshnessVerifier();
        private final GrantVerifier grants = new GrantVerifier();
        private final AtomicLong sequence = new AtomicLong();

        VerifyOnly(KeySet keys) {
            authenticator = new Authenticator(keys, InputLimits.DEFAULT);
        }

        @Override
        public void onMessage(Exchange exchange, byte[] message) {
            exchange.reply(writer.write(receipt(exchange, message)));
        }

        private Receipt receipt(Exchange exchange, byte[] message) {
            Authenticator.Opened opened = authenticator.open(message);
            if (opened instanceof Authenticator.Envelope envelope
                    && envelope.verify() instanceof Authenticator.Authenticated sender) {
                Decoding decoding = reader.read(sender.payload(), 0, sender.payload().length);
                if (decoding instanceof Decoding.Message decoded) {
                    return verified(exchange, sender, decoded);
                }
                return Receipt.refused(null, Refusal.of(Reason.FORMAT_ERROR), 0);
            }
            return Receipt.refused(null, Refusal.of(Reason.SIGNATURE_INVALID), 0);
        }

        private Receipt verified(Exchange exchange, Authenticator.Authenticated sender, Decoding.Message decoded) {
            PaymentRequest request = decoded.request();
            Instant now = Instant.now();
            VerificationContext context = new VerificationContext(
                    sender.principal(),
                    sender.keyId(),
                    Instant.ofEpochSecond(decoded.issuedAtSeconds()),
                    Instant.ofEpochSecond(decoded.expiresAtSeconds()),
                    now,
                    exchange.peer().address());
            Refusal refusal = freshness.verify(request, context).refusal();
            if (refusal == null) {
                refusal = grants.verify(request, context).refusal();
            }
            if (refusal != null) {
                return Receipt.refused(request.id(), refusal, 0);
            }
            long place = sequence.incrementAndGet();
            return new Receipt(
                    request.id(),
                    Reason.APPROVED,
                    MoneyEffect.MOVED,
                    false,
                    place,
                    request.amount(),
                    now,
                    null,
                    null,
                    0,
                    null);
        }
    }

    private static final class LibraryEcho extends WebSocketServer {
        private final CompletableFuture<Void> started = new CompletableFuture<>();

        private LibraryEcho() {
            super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }

        static Running open() {
            LibraryEcho echo = new LibraryEcho();
            echo.setTcpNoDelay(true);
            echo.start();
            echo.started.join();
            return new Running(echo.getPort(), echo::stop);
        }

        @Override
        public void onOpen(WebSocket connection, ClientHandshake handshake) {}

        @Override
        public void onClose(WebSocket connection, int code, String reason, boolean remote) {}

        @Override
        public void onMessage(WebSocket connection, String message) {
            connection.send(message);
        }

        @Override
        public void onMessage(WebSocket connection, ByteBuffer message) {
            connection.send(message);
        }

        @Override
        public void onError(WebSocket connection, Exception failure) {
            started.completeExceptionally(new BayarException("Java-WebSocket failed: " + failure, failure));
        }

        @Override
        public void onStart() {
            started.complete(null);
        }
    }
}
