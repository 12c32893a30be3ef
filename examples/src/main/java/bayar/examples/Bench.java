package bayar.examples;

import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.codec.RequestWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures payments per second and their latency. */
@Command(
        name = "bench",
        description = {
            "Measures a server: keeps payments in flight on many connections and checks every reply.",
            "With --self it starts servers of its own, over SQLite and over memory, and prints a table.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Bench implements Callable<Integer> {
    private static final int VALID_SECONDS = 60;

    @Option(names = "--self", description = "Measure this machine: WebSocket and TCP, each over SQLite and memory.")
    private boolean self;

    @Option(names = "--url", description = "The server: ws://host:port, or tcp://host:port with length4 framing.")
    private @Nullable URI url;

    @Option(names = "--keys", paramLabel = "FILE", description = "The key file.")
    private @Nullable Path keys;

    @Option(names = "--kid", paramLabel = "KEY", description = "Which key of it signs.")
    private @Nullable String kid;

    @Option(
            names = "--from",
            paramLabel = "ACCOUNT",
            defaultValue = "a-*",
            description = "Who pays; a * becomes a number from 0 to --spread. Default: a-*.")
    private String from = "a-*";

    @Option(
            names = "--to",
            paramLabel = "ACCOUNT",
            defaultValue = "a-*",
            description = "Who is paid, in the same way. Default: a-*.")
    private String to = "a-*";

    @Option(
            names = "--spread",
            paramLabel = "N",
            defaultValue = "10000",
            description = "How many accounts a * stands for, all as likely. Default: 10000.")
    private int spread = 10_000;

    @Option(names = "--currency", defaultValue = "MYR", description = "Default: MYR.")
    private String currency = "MYR";

    @Option(names = "--connections", paramLabel = "N", defaultValue = "64", description = "Default: 64.")
    private int connections = 64;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "16",
            description = "Payments in flight on each connection. Default: 16.")
    private int depth = 16;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "10", description = "How long. Default: 10.")
    private int seconds = 10;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "5",
            description = "Seconds before counting begins. Default: 5.")
    private int warmUpSeconds = 5;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads of the load generator. Default: 1.")
    private int threads = 1;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        requireSensible();
        PrintWriter out = spec.commandLine().getOut();
        if (self) {
            return new BenchSelf(out, spec.commandLine().getErr(), this::measure).run(spread);
        }
        LoadGenerator.Result result = measure(url, Signer.of(KeySet.load(keys), kid));
        out.println(line(url + ", " + connections + " connections x " + depth + " in flight", result));
        return result.errors().isEmpty() ? ExitCode.OK : ExitCode.NO;
    }

    /** One line: payments per second, latencies, and what went wrong. */
    static String line(String what, LoadGenerator.Result result) {
        return String.format(
                Locale.ROOT,
                "%s: %,.0f payments/s, p50 %,d us, p99 %,d us, %s",
                what,
                result.perSecond(),
                result.latency().percentileNanos(0.5) / 1000,
                result.latency().percentileNanos(0.99) / 1000,
                result.errors().isEmpty() ? "no errors" : "errors " + result.errors());
    }

    private void requireSensible() {
        if (!self && (url == null || keys == null || kid == null)) {
            throw usage("--url, --keys and --kid are needed, or --self");
        }
        if (self && (url != null || keys != null || kid != null)) {
            throw usage("--self makes servers and keys of its own: leave out --url, --keys and --kid");
        }
        if (connections < 1 || depth < 1 || seconds < 1 || threads < 1 || spread < 2 || warmUpSeconds < 0) {
            throw usage("--connections, --depth, --seconds and --threads must be 1 or more, --spread 2 or more");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private LoadGenerator.Result measure(URI server, Signer signer) throws IOException, InterruptedException {
        Address address = Address.of(server);
        InetSocketAddress socket = new InetSocketAddress(address.host(), address.port());
        if (socket.isUnresolved()) {
            throw new BayarException("there is no host " + address.host() + "; check --url " + server);
        }
        String host = address.host() + ":" + address.port();
        LoadGenerator.Plan plan = new LoadGenerator.Plan(
                socket,
                number -> address.isWebSocket() ? new Wire.WebSocket(host, number) : new Wire.Length4(),
                connections,
                depth,
                threads,
                Duration.ofSeconds(warmUpSeconds),
                Duration.ofSeconds(seconds));
        String run = "bench-" + UUID.randomUUID().toString().substring(0, 8);
        return new LoadGenerator(plan, run, payments(signer)).run();
    }

    private Function<String, byte[]> payments(Signer signer) {
        RequestWriter writer = new RequestWriter();
        Money amount = Money.of(1, currency);
        return id -> {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            int payer = random.nextInt(spread);
            // Another one, all as likely.
            int payee = (payer + 1 + random.nextInt(spread - 1)) % spread;
            PaymentRequest request = PaymentRequest.transfer(id, numbered(from, payer), numbered(to, payee), amount);
            long nowSeconds = System.currentTimeMillis() / 1000;
            return signer.sign(writer.write(request, nowSeconds, nowSeconds + VALID_SECONDS));
        };
    }

    private static String numbered(String account, int number) {
        int star = account.indexOf('*');
        return star < 0 ? account : account.substring(0, star) + number + account.substring(star + 1);
    }
}
