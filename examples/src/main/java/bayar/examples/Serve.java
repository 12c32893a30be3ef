package bayar.examples;

import bayar.BayarException;
import bayar.Principal;
import bayar.auth.KeySet;
import bayar.codec.LogLine;
import bayar.engine.DrainReport;
import bayar.engine.PaymentEngine;
import bayar.engine.ProcessorSettings;
import bayar.examples.card.ApiSecret;
import bayar.examples.card.CardProcessor;
import bayar.monitor.Monitor;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import bayar.transport.Transport;
import bayar.transport.tcp.Framing;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a server until it is told to stop, or has to. */
@Command(
        name = "serve",
        description = {
            "Runs a server. Prints where it listens, then \"ready\"; logs to standard error.",
            "SIGTERM or Ctrl-C drains it: it answers what it has taken, reports and exits with 0.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Serve implements Callable<Integer> {
    private static final int DEFAULT_WS_PORT = 2346;
    private static final int DEFAULT_TCP_PORT = 2347;
    private static final int MAX_ACQUIRER_TIMEOUT = 3600;
    private static final int DEFAULT_ACQUIRER_FINALITY = 150;

    @Option(
            names = "--ws",
            paramLabel = "PORT",
            description = "Listen for WebSocket; 0 takes a free port. Without --ws and --tcp: both," + " on "
                    + DEFAULT_WS_PORT + " and " + DEFAULT_TCP_PORT + ".")
    private @Nullable Integer wsPort;

    @Option(names = "--tcp", paramLabel = "PORT", description = "Listen for TCP; 0 takes a free port.")
    private @Nullable Integer tcpPort;

    @Option(
            names = "--tcp-framing",
            defaultValue = "length4",
            paramLabel = "FRAMING",
            description = "How messages are told apart on TCP: length4, length2 or newline. Default: length4.")
    private Framing framing = Framing.LENGTH4;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "The address to listen on; 0.0.0.0 for all. Default: 127.0.0.1, this machine only.")
    private String host = "127.0.0.1";

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Place place = new Place();

    @Option(names = "--keys", paramLabel = "FILE", description = "Who may sign: a JWK Set, made by: keys new.")
    private @Nullable Path keys;

    @Option(
            names = "--accounts",
            paramLabel = "FILE",
            description = "Accounts to open if they are not there: CSV with account,currency,opening and, as needed,"
                    + " floor,limit_payment,limit_day,limit_count,limit_window.")
    private @Nullable Path accounts;

    @Option(
            names = "--allow-unsigned",
            description = "Take unsigned messages from anybody as the principal \"anonymous\", who may debit every"
                    + " account. For experiments only.")
    private boolean allowUnsigned;

    @Option(
            names = "--acquirer",
            paramLabel = "URL",
            description = "Offer the method \"card\", done by the acquirer at this http address; see: acquirer.")
    private @Nullable URI acquirer;

    @Option(names = "--acquirer-secret", paramLabel = "FILE", description = "The secret that is shared with it.")
    private @Nullable Path acquirerSecret;

    @Option(
            names = "--acquirer-timeout",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "How long a card payment may take before it is in doubt. Default: 10.")
    private int acquirerTimeout = 10;

    @Option(
            names = "--acquirer-finality",
            defaultValue = "" + DEFAULT_ACQUIRER_FINALITY,
            paramLabel = "SECONDS",
            description =
                    "How long after a call was given up the acquirer's \"not found\" settles nothing. It executes nothing"
                            + " after that call's timeout, by its own clock: so longer than that may be slow. Default: "
                            + DEFAULT_ACQUIRER_FINALITY + ".")
    private int acquirerFinality = DEFAULT_ACQUIRER_FINALITY;

    @Option(
            names = "--http",
            paramLabel = "PORT",
            description =
                    "Listen for processors' webhooks over HTTP; 0 takes a free port. The operator has a door of its own,"
                            + " from this machine alone.")
    private @Nullable Integer httpPort;

    @Option(
            names = "--monitor",
            paramLabel = "PORT",
            description = "Serve a live page, metrics and health over HTTP on this port; 0 takes a free one.")
    private @Nullable Integer monitorPort;

    @Option(
            names = "--monitor-host",
            paramLabel = "HOST",
            description = "Where to serve them. Where other machines reach it everything but /health/live takes the"
                    + " operator's token. Default: 127.0.0.1, this machine only.")
    private @Nullable String monitorHost;

    @Option(
            names = "--operator-file",
            paramLabel = "FILE",
            description = "Where to write how the operator's commands reach this server. Default: operator.json in the"
                    + " directory of --data.")
    private @Nullable Path operatorFile;

    @Option(
            names = "--extensions",
            paramLabel = "DIR",
            description = "Adds the jars in DIR to the class path; the extensions in them are found and installed.")
    private @Nullable Path extensions;

    @Option(
            names = "--drain-seconds",
            defaultValue = "10",
            paramLabel = "N",
            description = "How long a drain may take. Default: 10.")
    private int drainSeconds = 10;

    @Option(names = "--quiet", description = "Do not log each request.")
    private boolean quiet;

    @Option(
            names = "--log-format",
            defaultValue = "text",
            paramLabel = "FORMAT",
            description = "How requests and what operators do are logged: text or json. Default: text.")
    private LogLine.Format logFormat = LogLine.Format.TEXT;

    @Option(
            names = "--audit",
            paramLabel = "FILE",
            description = "Where to append what people change: accounts, limits, keys, an operator's word. Default:"
                    + " audit.log in the directory of --data.")
    private @Nullable Path audit;

    @Spec
    private CommandSpec spec;

    private final List<HttpDoor> doors = new ArrayList<>();
    private final String token = OperatorFile.newToken();
    private @Nullable OperatorFile operator;
    private @Nullable Path written;

    private static final class Place {
        @Option(names = "--data", paramLabel = "DIR", required = true, description = "Keep the ledger in DIR.")
        private @Nullable Path data;

        @Option(names = "--memory", required = true, description = "Keep nothing: a restart begins anew.")
        private boolean memory;
    }

    @Override
    public Integer call() {
        requireSensible();
        // Before the monitor or any other extension opens a server of its own.
        HttpDoor.limit();
        LogToErr.from(quiet ? Level.WARNING : Level.INFO);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        if (allowUnsigned) {
            err.println("bayar: WARNING: --allow-unsigned: anybody who reaches " + host
                    + " can move the money of every account; use this for experiments only");
        }
        List<String> listening = new ArrayList<>();
        PaymentEngine engine = start(listening);
        AtomicBoolean failed = new AtomicBoolean();
        Thread drain = new Thread(() -> drainAndHalt(engine, failed, err), "bayar-drain");
        Runtime.getRuntime().addShutdownHook(drain);
        listening.forEach(out::println);
        out.println("ready");
        out.flush();
        return waitUntilStopped(engine, failed, err);
    }

    private void requireSensible() {
        for (Integer port : new Integer[] {wsPort, tcpPort, httpPort, monitorPort}) {
            if (port != null && (port < 0 || port > 65_535)) {
                throw usage("port " + port + " is not 0 to 65535");
            }
        }
        if (drainSeconds < 0) {
            throw usage("--drain-seconds " + drainSeconds + " is negative");
        }
        if (monitorHost != null && monitorPort == null) {
            throw usage("--monitor-host says where --monitor PORT listens; give that too");
        }
        if ((acquirer == null) != (acquirerSecret == null)) {
            throw usage("--acquirer and --acquirer-secret belong together; give both or none");
        }
        if (acquirer != null && (!"http".equals(acquirer.getScheme()) || acquirer.getHost() == null)) {
            throw usage("--acquirer " + acquirer + " is not an address such as http://127.0.0.1:8080");
        }
        if (acquirerTimeout < 1 || acquirerTimeout > MAX_ACQUIRER_TIMEOUT) {
            throw usage("--acquirer-timeout " + acquirerTimeout + " is not 1 to " + MAX_ACQUIRER_TIMEOUT);
        }
        if (acquirerFinality < 0) {
            throw usage("--acquirer-finality " + acquirerFinality + " is negative");
        }
        if (keys == null && !allowUnsigned) {
            throw usage("--keys is missing: make a key with \"bayar keys new\", or use --allow-unsigned to experiment");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private PaymentEngine start(List<String> listening) {
        AccountsFile accountsFile = accounts == null ? null : AccountsFile.read(accounts);
        KeySet keySet = keys == null ? null : KeySet.load(keys);
        if (extensions != null) {
            ExtensionJars.addToClassPath(extensions);
        }
        List<Transport> transports = new ArrayList<>();
        boolean both = wsPort == null && tcpPort == null;
        if (both || wsPort != null) {
            transports.add(WebSocketTransport.builder()
                    .host(host)
                    .port(wsPort == null ? DEFAULT_WS_PORT : wsPort)
                    .build());
        }
        if (both || tcpPort != null) {
            transports.add(TcpTransport.builder()
                    .host(host)
                    .port(tcpPort == null ? DEFAULT_TCP_PORT : tcpPort)
                    .framing(framing)
                    .build());
        }
        PaymentEngine.Builder builder =
                PaymentEngine.builder().discoverExtensions().logRequests(!quiet).logFormat(logFormat);
        if (keySet != null) {
            builder.keys(keySet);
        }
        if (accountsFile != null) {
            accountsFile.accounts().forEach(builder::account);
            if (accountsFile.tellsLimits()) {
                accountsFile.accounts().forEach(account -> builder.limit(account.id(), account.limits()));
            }
        }
        if (acquirer != null && acquirerSecret != null) {
            Duration timeout = Duration.ofSeconds(acquirerTimeout);
            Duration finality = Duration.ofSeconds(acquirerFinality);
            CardProcessor processor =
                    new CardProcessor(acquirer, ApiSecret.read(acquirerSecret), timeout, finality, Clock.systemUTC());
            builder.processor("card", processor, ProcessorSettings.DEFAULT.timeout(timeout.plusSeconds(1)));
        }
        for (Transport transport : transports) {
            if (allowUnsigned) {
                builder.transport(transport, Principal.named("anonymous").mayDebit("*"));
            } else {
                builder.transport(transport);
            }
        }
        Monitor monitor = monitorPort == null
                ? null
                : Monitor.builder()
                        .port(monitorPort)
                        .host(monitorHost == null ? "127.0.0.1" : monitorHost)
                        .token(token)
                        .build();
        if (monitor != null) {
            builder.extension(monitor);
        }
        PaymentStore store = store();
        try {
            LogToErr.auditTo(audit != null || place.data == null ? audit : place.data.resolve("audit.log"));
        } catch (BayarException e) {
            store.close();
            throw e;
        }
        PaymentEngine engine = builder.store(store).start();
        try {
            for (Transport transport : transports) {
                listening.add("listening " + url(transport)
                        + (transport instanceof TcpTransport
                                ? " framing " + framing.name().toLowerCase(Locale.ROOT)
                                : ""));
            }
            openDoors(engine, listening);
            if (monitor != null) {
                listening.add("listening " + monitor.url() + " for the monitor");
                if (written == null) {
                    listening.add("token " + token + " settles payments there");
                }
            }
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
        return engine;
    }

    /**
     * Opens one for processors where that was asked for, and one for the operator where there is somebody who could find
     * it: not the same, so that nobody who reaches the first can keep the operator from the other.
     */
    private void openDoors(PaymentEngine engine, List<String> listening) {
        if (httpPort != null) {
            listening.add("listening "
                    + openDoor(new InetSocketAddress(host, httpPort), engine, null)
                            .url());
        }
        Path file = operatorFile;
        if (file == null && place.data != null) {
            file = OperatorFile.in(place.data);
        }
        if (file != null) {
            HttpDoor opened = openDoor(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), engine, token);
            operator = new OperatorFile(opened.url(), token);
            operator.write(file);
            written = file;
            listening.add("listening " + opened.url() + " for the operator");
        }
    }

    private HttpDoor openDoor(InetSocketAddress address, PaymentEngine engine, @Nullable String token) {
        HttpDoor opened = HttpDoor.open(address, engine, token, Clock.systemUTC());
        doors.add(opened);
        return opened;
    }

    /** Once the operator's token is gone, drains, and only then takes no more webhooks: they may settle what is pending. */
    private DrainReport drain(PaymentEngine engine, PrintWriter err) {
        try {
            if (operator != null && written != null) {
                operator.remove(written);
            }
        } catch (IOException | BayarException e) {
            err.println("bayar: " + written + " is left behind: " + e.getMessage());
        }
        DrainReport report = engine.drain(Duration.ofSeconds(drainSeconds));
        doors.forEach(HttpDoor::close);
        return report;
    }

    private PaymentStore store() {
        return place.data == null ? new MemoryStore() : SqliteStore.open(place.data);
    }

    static String url(Transport transport) {
        InetSocketAddress address = transport.address();
        String host = address.getAddress().getHostAddress();
        return transport.name() + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private int waitUntilStopped(PaymentEngine engine, AtomicBoolean failed, PrintWriter err) {
        try {
            engine.stopped().join();
            return ExitCode.OK;
        } catch (CompletionException e) {
            failed.set(true);
            Throwable cause = e.getCause() == null ? e : e.getCause();
            err.println("bayar: the engine has stopped: "
                    + (cause instanceof BayarException ? cause.getMessage() : cause.toString())
                    + "; nothing that was acknowledged is lost");
            // Who waits for an answer gets one: that it is in doubt, and that the same id may be sent again.
            drain(engine, err);
            err.flush();
            return ExitCode.NO;
        }
    }

    /** The JVM would end with 143 or 130 after a signal; a server that was drained has done what it was told. */
    private void drainAndHalt(PaymentEngine engine, AtomicBoolean failed, PrintWriter err) {
        if (failed.get()) {
            return;
        }
        DrainReport report = drain(engine, err);
        engine.close();
        err.println(told(report));
        err.flush();
        Runtime.getRuntime().halt(report.clean() ? ExitCode.OK : ExitCode.NO);
    }

    private static String told(DrainReport report) {
        return "bayar: drained in " + report.duration().toMillis() + " ms, "
                + (report.clean() ? "everything was answered" : "but " + report.unanswered() + " were not answered")
                + ": approved " + report.approved() + ", declined " + report.declined() + ", rejected "
                + report.rejected() + ", busy " + report.busy() + ", in doubt " + report.inDoubt()
                + ", of these replayed "
                + report.replayed() + "; last sequence " + report.lastSequence();
    }
}
