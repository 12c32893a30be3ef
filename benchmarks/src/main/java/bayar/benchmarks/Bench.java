package bayar.benchmarks;

import bayar.BayarException;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of the benchmarks. Tables go to standard output, everything else to standard error. */
@Command(
        name = "bayar bench",
        description = {
            "Measures servers, and compares them with others on the same messages in the same run.",
            "All but \"load\" start their servers themselves, on loopback, and end them.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Bench implements Callable<Integer> {
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @Spec
    private CommandSpec spec;

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        // The launcher hands its own command over.
        int skipped = args.length > 0 && args[0].equals("bench") ? 1 : 0;
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        System.exit(run(out, err, List.of(args).subList(skipped, args.length).toArray(String[]::new)));
    }

    /** Runs one command; for tests, too. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine commandLine = new CommandLine(new Bench())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOverwrittenOptionsAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setExecutionExceptionHandler((failure, command, result) -> {
                    boolean isExpected = failure instanceof BayarException;
                    err.println("bayar: " + (isExpected ? failure.getMessage() : "unexpected " + failure));
                    if (!isExpected) {
                        failure.printStackTrace(err);
                    }
                    return FAILED;
                });
        int exitCode = commandLine.execute(args);
        out.flush();
        err.flush();
        return exitCode;
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return USAGE;
    }

    @Command(
            description = "Drives a server that runs: payments over a closed loop, or with --rate by the clock.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int load(
            @Option(
                            names = "--url",
                            required = true,
                            description = "The server: ws://host:port, or tcp://host:port with length4 framing.")
                    URI url,
            @Option(names = "--keys", paramLabel = "FILE", required = true, description = "The key file.") Path keys,
            @Option(names = "--kid", paramLabel = "KEY", required = true, description = "Which key of it signs.")
                    String kid,
            @Option(
                            names = "--from",
                            paramLabel = "ACCOUNT",
                            defaultValue = "a-*",
                            description = "Who pays; a * becomes a number below --accounts. Default: a-*.")
                    String from,
            @Option(
                            names = "--to",
                            paramLabel = "ACCOUNT",
                            defaultValue = "a-*",
                            description = "Who is paid, in the same way. Default: a-*.")
                    String to,
            @Option(names = "--currency", defaultValue = "MYR", description = "Default: MYR.") String currency,
            @Option(
                            names = "--rate",
                            paramLabel = "N",
                            description = "Payments a second, sent by the clock and timed from when they were due.")
                    @Nullable
                    Double rate,
            @Option(
                            names = "--expect",
                            split = ",",
                            paramLabel = "STATUS",
                            description = "Statuses besides approved that are no errors, such as busy.")
                    @Nullable
                    Set<String> expected,
            @Option(names = "--pid", description = "The server's process, to tell its processor time.") @Nullable
                    Long pid,
            @Mixin Settings settings)
            throws Exception {
        settings.checked();
        if ((!"ws".equals(url.getScheme()) && !"tcp".equals(url.getScheme())) || url.getPort() < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--url " + url + " is not ws://host:port or tcp://host:port");
        }
        Payments.Mix mix =
                new Payments.Mix(from, to, settings.accounts, settings.spread, currency, settings.payloadBytes);
        Payments payments = new Payments(Signer.of(KeySet.load(keys), kid), mix);
        InetSocketAddress server = new InetSocketAddress(url.getHost(), url.getPort());
        boolean isWebSocket = url.getScheme().equals("ws");
        ProcessHandle process = pid == null ? null : ProcessHandle.of(pid).orElse(null);
        try (Load load = Load.connect(server, isWebSocket, settings.connections, Load.Replies.RECEIPT)) {
            Duration measured = Lab.seconds(settings.seconds);
            Load.Figures warm = load.closed(payments, settings.depth, Lab.seconds(settings.warmUpSeconds));
            double perSecond = rate == null ? warm.perSecond() * 1.2 : rate;
            payments.prepare((int) Math.max(1, Math.min(4e6, perSecond * settings.seconds)));
            long cpu = process == null ? 0 : Server.cpu(process).toNanos();
            Load.Figures figures = rate == null
                    ? load.closed(payments, settings.depth, measured)
                    : load.open(
                                    payments,
                                    settings.depth,
                                    List.of(new Load.Step(rate, measured)),
                                    expected == null ? Set.of() : expected)
                            .get(0);
            PrintWriter out = spec.commandLine().getOut();
            out.println(line(figures));
            if (process != null) {
                out.printf(
                        Locale.ROOT,
                        "server: %.2f us of processor time for each%n",
                        (Server.cpu(process).toNanos() - cpu)
                                / 1e3
                                / Math.max(1, figures.latency().getTotalCount()));
            }
            Map<String, Long> warmErrors = warm.errors();
            if (!warmErrors.isEmpty()) {
                out.println("errors while warming up: " + warmErrors);
            }
            return warmErrors.isEmpty() && figures.errors().isEmpty() ? OK : FAILED;
        }
    }

    /** One line: payments per second, latencies, and what went wrong. */
    static String line(Load.Figures figures) {
        return String.format(
                Locale.ROOT,
                "%,.0f payments/s, p50 %,.0f us, p90 %,.0f us, p99 %,.0f us, p99.9 %,.0f us, max %,.0f us, %s%s",
                figures.perSecond(),
                figures.micros(50),
                figures.micros(90),
                figures.micros(99),
                figures.micros(99.9),
                figures.micros(100),
                figures.answers().isEmpty() ? "" : figures.answers() + ", ",
                figures.errors().isEmpty() ? "no errors" : "errors " + figures.errors());
    }

    @Command(
            description = "All servers side by side: echoes, verify only, what people write, and our engine.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int peers(@Mixin Settings settings) throws Exception {
        return exit(scenarios(settings).peers());
    }

    @Command(
            description = "One payment at a time, against one force of the disk.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int latency(@Mixin Settings settings) throws Exception {
        return exit(scenarios(settings).latency());
    }

    @Command(
            description = "One account that everybody pays, against many.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int hot(@Mixin Settings settings) throws Exception {
        return exit(scenarios(settings).hot());
    }

    @Command(
            description = "What the monitor and the request log cost, against the same server without them.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int monitor(@Mixin Settings settings) throws Exception {
        return exit(scenarios(settings).monitor());
    }

    @Command(
            description = "What the server keeps up with by the clock, many times that, and what comes after.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int overload(
            @Option(
                            names = "--times",
                            paramLabel = "N",
                            defaultValue = "10",
                            description = "How many times what it keeps up with. Default: 10.")
                    double times,
            @Mixin Settings settings)
            throws Exception {
        return exit(scenarios(settings).overload(times));
    }

    @Command(
            description = "The SQLite store alone: against a format of our own and a bare file, and while it grows.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int store(
            @Option(
                            names = "--stored",
                            paramLabel = "N",
                            defaultValue = "10000000",
                            description = "How many payments it grows to; 0 leaves that out. Default: 10000000.")
                    int stored,
            @Mixin Settings settings)
            throws Exception {
        return exit(scenarios(settings).store(stored));
    }

    @Command(
            description = "From one connection to many, and what idle ones cost.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int connections(
            @Option(names = "--most", paramLabel = "N", defaultValue = "10000", description = "Default: 10000.")
                    int most,
            @Mixin Settings settings)
            throws Exception {
        return exit(scenarios(settings).connections(most));
    }

    @Command(
            description = "From few to many: accounts, metadata, connections, and payments stored.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int scale(
            @Parameters(
                            arity = "0..*",
                            paramLabel = "AXIS",
                            description = "Only these: ${COMPLETION-CANDIDATES}. Default: all.")
                    @Nullable
                    List<Scenarios.Axis> axes,
            @Option(
                            names = "--most",
                            paramLabel = "ACCOUNTS",
                            defaultValue = "1000000",
                            description = "Ten million need --server-java -Xmx8g. Default: 1000000.")
                    int most,
            @Option(
                            names = "--stored",
                            paramLabel = "N",
                            defaultValue = "10000000",
                            description = "The most payments stored. Default: 10000000.")
                    int stored,
            @Option(
                            names = "--most-connections",
                            paramLabel = "N",
                            defaultValue = "10000",
                            description = "Default: 10000.")
                    int connections,
            @Mixin Settings settings)
            throws Exception {
        List<Scenarios.Axis> wanted = axes == null || axes.isEmpty() ? List.of(Scenarios.Axis.values()) : axes;
        return exit(scenarios(settings).scale(wanted, most, stored, connections));
    }

    @Command(
            description = "Starting a server, having one that does nothing, and the sizes of the jars.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int start(
            @Option(
                            names = "--stored",
                            paramLabel = "N",
                            defaultValue = "1000000",
                            description = "Also on a ledger of so many payments; 0 leaves that out. Default: 1000000.")
                    int stored,
            @Mixin Settings settings)
            throws Exception {
        return exit(scenarios(settings).start(stored));
    }

    @Command(
            description =
                    "A usual load, 70 percent of what the server keeps up with, for a long time: a line each minute.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int soak(
            @Option(names = "--minutes", paramLabel = "N", defaultValue = "30", description = "Default: 30.")
                    double minutes,
            @Mixin Settings settings)
            throws Exception {
        return exit(scenarios(settings).soak(minutes));
    }

    @Command(
            description = "Parts of the engine alone, with JMH: reader, writer, signatures, ledger, queue, store.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int micro(
            @Parameters(arity = "0..1", paramLabel = "REGEX", defaultValue = "", description = "Only those that match.")
                    String regex,
            @Option(names = "--quick", description = "Very short: shows that all works, and no more.") boolean isQuick)
            throws Exception {
        return exit(Micro.run(regex, isQuick, spec.commandLine().getOut()));
    }

    @Command(
            description =
                    "All of them but load and micro, each as its defaults are; with --quick it only shows that all"
                            + " works.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int all(@Mixin Settings settings) throws Exception {
        Scenarios scenarios = scenarios(settings);
        boolean isClean = scenarios.peers();
        isClean &= scenarios.latency();
        isClean &= scenarios.hot();
        isClean &= scenarios.monitor();
        isClean &= scenarios.store(10_000_000);
        isClean &= scenarios.scale(List.of(Scenarios.Axis.values()), 1_000_000, 10_000_000, 10_000);
        isClean &= scenarios.start(1_000_000);
        isClean &= scenarios.overload(10);
        isClean &= scenarios.soak(30);
        return exit(isClean);
    }

    private Scenarios scenarios(Settings settings) {
        CommandLine command = spec.commandLine();
        return new Scenarios(settings.checked(), command.getOut(), command.getErr());
    }

    private static int exit(boolean isClean) {
        return isClean ? OK : FAILED;
    }
}
