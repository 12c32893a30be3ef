package bayar.benchmarks;

import bayar.BayarException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that scenarios share. */
final class Settings {
    /** Which transports. */
    enum TransportChoice {
        TCP,
        WS,
        BOTH
    }

    @Option(names = "--transport", defaultValue = "tcp", description = "tcp, ws or both. Default: tcp.")
    TransportChoice transport = TransportChoice.TCP;

    @Option(names = "--connections", paramLabel = "N", defaultValue = "64", description = "Default: 64.")
    int connections = 64;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "16",
            description = "Payments in flight on each connection. Default: 16.")
    int depth = 16;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "5",
            description = "How often each is measured, all in turn; medians are told. Default: 5.")
    int pairs = 5;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "5", description = "Of each measurement. Default: 5.")
    double seconds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "10",
            description = "Seconds of load for each server before anything is measured. Default: 10.")
    double warmUpSeconds = 10;

    @Option(names = "--accounts", paramLabel = "N", defaultValue = "10000", description = "Default: 10000.")
    int accounts = 10_000;

    @Option(
            names = "--spread",
            defaultValue = "uniform",
            description = "How accounts are chosen: uniform, zipf or hot. Default: uniform.")
    Payments.Spread spread = Payments.Spread.UNIFORM;

    @Option(
            names = "--payload",
            paramLabel = "BYTES",
            defaultValue = "0",
            description = "Metadata of each payment, at most 4000. Default: 0.")
    int payloadBytes;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "SERVER",
            description = "Of the servers compared, only these: ${COMPLETION-CANDIDATES}.")
    @Nullable
    List<Contender> only;

    @Option(
            names = "--server-java",
            split = " ",
            paramLabel = "OPTIONS",
            defaultValue = "-Xmx2g",
            description = "Options for the JVMs of the servers. Default: -Xmx2g.")
    List<String> serverJava = List.of("-Xmx2g");

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where ledgers are kept while they are measured. Default: the system's temporary directory.")
    @Nullable
    Path directory;

    @Option(
            names = "--write",
            paramLabel = "DIR",
            description = "Also write the figures as CSV and their charts as SVG.")
    @Nullable
    Path write;

    @Option(names = "--quick", description = "One short measurement of each: shows that all works, and no more.")
    boolean isQuick;

    /** @throws BayarException if one of them makes no sense */
    Settings checked() {
        if (isQuick) {
            pairs = 1;
            seconds = Math.min(seconds, 0.3);
            warmUpSeconds = Math.min(warmUpSeconds, 0.3);
            accounts = Math.min(accounts, 100);
        }
        if (connections < 1 || depth < 1 || pairs < 1 || seconds <= 0 || warmUpSeconds <= 0) {
            throw new BayarException("--connections, --depth, --pairs, --seconds and --warm-up must be more than 0");
        }
        if (accounts < 2 || payloadBytes < 0 || payloadBytes > 4000) {
            throw new BayarException("--accounts must be 2 or more, --payload 0 to 4000");
        }
        return this;
    }

    /** {@code wanted}, or less when all shall be quick. */
    int atMost(int quick, int wanted) {
        return isQuick ? Math.min(quick, wanted) : wanted;
    }

    Payments.Mix mix() {
        return Payments.Mix.uniform(accounts).spread(spread).payloadBytes(payloadBytes);
    }

    List<Boolean> webSockets() {
        return switch (transport) {
            case TCP -> List.of(false);
            case WS -> List.of(true);
            case BOTH -> List.of(false, true);
        };
    }
}
