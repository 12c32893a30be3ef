package bayar.examples;

import bayar.BayarException;
import bayar.auth.Algorithm;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Starts a server for each store, measures it over both transports, and prints the table. */
final class BenchSelf {
    /** Measures one server. */
    @FunctionalInterface
    interface Measurement {
        LoadGenerator.Result of(URI server, Signer signer) throws IOException, InterruptedException;
    }

    private static final long OPENING_MINOR = 1_000_000_000_000L / 100;

    private final PrintWriter out;
    private final PrintWriter err;
    private final Measurement measurement;

    BenchSelf(PrintWriter out, PrintWriter err, Measurement measurement) {
        this.out = out;
        this.err = err;
        this.measurement = measurement;
    }

    int run(int accountCount) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("bayar-bench");
        try {
            Path keys = directory.resolve("keys.json");
            KeyFile.add(keys, "bench", "bench", Algorithm.HS256, List.of("a-*"), new SecureRandom());
            Path accounts = directory.resolve("accounts.csv");
            write(accounts, accountCount);
            Signer signer = Signer.of(KeySet.load(keys), "bench");
            List<String> rows = new ArrayList<>();
            boolean clean = true;
            for (String store : List.of("SQLite", "memory")) {
                List<String> placed = store.equals("memory")
                        ? List.of("--memory")
                        : List.of("--data", directory.resolve("ledger").toString());
                try (ServerProcess server = ServerProcess.start(placed, keys, accounts)) {
                    for (URI url : server.urls()) {
                        String what = (url.getScheme().equals("ws") ? "WebSocket" : "TCP") + ", " + store;
                        err.println("measuring " + what + " …");
                        err.flush();
                        LoadGenerator.Result result = measurement.of(url, signer);
                        clean &= result.errors().isEmpty();
                        rows.add(row(what, result));
                    }
                }
            }
            out.printf("%-20s %12s %10s %10s  %s%n", "", "payments/s", "p50 us", "p99 us", "errors");
            rows.forEach(out::println);
            return clean ? ExitCode.OK : ExitCode.NO;
        } finally {
            TemporaryFiles.delete(directory);
        }
    }

    private static String row(String what, LoadGenerator.Result result) {
        return String.format(
                Locale.ROOT,
                "%-20s %,12.0f %,10d %,10d  %s",
                what,
                result.perSecond(),
                result.latency().percentileNanos(0.5) / 1000,
                result.latency().percentileNanos(0.99) / 1000,
                result.errors().isEmpty() ? "none" : result.errors().toString());
    }

    private static void write(Path accounts, int count) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(accounts)) {
            writer.write("account,currency,opening\n");
            for (int i = 0; i < count; i++) {
                writer.write("a-" + i + ",MYR," + OPENING_MINOR + "\n");
            }
        }
    }

    /** A server in a process of its own, as {@code serve} runs it. */
    private record ServerProcess(Process process, List<URI> urls) implements AutoCloseable {
        static ServerProcess start(List<String> placed, Path keys, Path accounts) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName(),
                    "serve",
                    "--quiet",
                    "--ws=0",
                    "--tcp=0",
                    "--keys=" + keys,
                    "--accounts=" + accounts));
            command.addAll(placed);
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            List<URI> urls = new ArrayList<>();
            for (String line = process.inputReader().readLine();
                    !"ready".equals(line);
                    line = process.inputReader().readLine()) {
                if (line == null) {
                    throw new BayarException("the server to measure did not start; see above");
                }
                urls.add(URI.create(line.split(" ")[1]));
            }
            return new ServerProcess(process, urls);
        }

        @Override
        public void close() {
            process.destroy();
            process.onExit().join();
        }
    }
}
