package bayar.examples;

import bayar.BayarException;
import bayar.Principal;
import bayar.auth.KeySet;
import bayar.engine.DrainReport;
import bayar.engine.PaymentEngine;
import bayar.ledger.NewAccount;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import bayar.transport.Transport;
import bayar.transport.tcp.Framing;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
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
            description = "Accounts to open if they are not there: CSV with account,currency,opening[,floor].")
    private @Nullable Path accounts;

    @Option(
            names = "--allow-unsigned",
            description = "Take unsigned messages from anybody as the principal \"anonymous\", who may debit every"
                    + " account. For experiments only.")
    private boolean allowUnsigned;

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

    @Spec
    private CommandSpec spec;

    private static final class Place {
        @Option(names = "--data", paramLabel = "DIR", required = true, description = "Keep the ledger in DIR.")
        private @Nullable Path data;

        @Option(names = "--memory", required = true, description = "Keep nothing: a restart begins anew.")
        private boolean memory;
    }

    @Override
    public Integer call() {
        requireSensible();
        System.setProperty(
                "org.slf4j.simpleLogger.defaultLogLevel",
                System.getProperty("org.slf4j.simpleLogger.defaultLogLevel", quiet ? "warn" : "info"));
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
        for (Integer port : new Integer[] {wsPort, tcpPort}) {
            if (port != null && (port < 0 || port > 65_535)) {
                throw usage("port " + port + " is not 0 to 65535");
            }
        }
        if (drainSeconds < 0) {
            throw usage("--drain-seconds " + drainSeconds + " is negative");
        }
        if (keys == null && !allowUnsigned) {
            throw usage("--keys is missing: make a key with \"bayar keys new\", or use --allow-unsigned to experiment");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private PaymentEngine start(List<String> listening) {
        List<NewAccount> opening = accounts == null ? List.of() : AccountsFile.read(accounts);
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
                PaymentEngine.builder().discoverExtensions().logRequests(!quiet);
        if (keySet != null) {
            builder.keys(keySet);
        }
        opening.forEach(builder::account);
        for (Transport transport : transports) {
            if (allowUnsigned) {
                builder.transport(transport, Principal.named("anonymous").mayDebit("*"));
            } else {
                builder.transport(transport);
            }
        }
        PaymentEngine engine = builder.store(store()).start();
        for (Transport transport : transports) {
            listening.add("listening " + url(transport)
                    + (transport instanceof TcpTransport
                            ? " framing " + framing.name().toLowerCase(Locale.ROOT)
                            : ""));
        }
        return engine;
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
            engine.drain(Duration.ofSeconds(drainSeconds));
            err.flush();
            return ExitCode.NO;
        }
    }

    /** The JVM would end with 143 or 130 after a signal; a server that was drained has done what it was told. */
    private void drainAndHalt(PaymentEngine engine, AtomicBoolean failed, PrintWriter err) {
        if (failed.get()) {
            return;
        }
        DrainReport report = engine.drain(Duration.ofSeconds(drainSeconds));
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
