package bayar.examples;

import bayar.store.sqlite.HistoryReport;
import bayar.store.sqlite.SqliteStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks a ledger. */
@Command(
        name = "verify",
        description = {
            "Walks the whole history of a ledger: the hash chain over its batches, every balance, every sum.",
            "Exits with 0 when everything is as it was written, else with 1. Reads only; a server may go on.",
        },
        mixinStandardHelpOptions = true)
final class Verify implements Callable<Integer> {
    @Option(names = "--data", paramLabel = "DIR", required = true, description = "The directory of the ledger.")
    private Path data = Path.of("");

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        HistoryReport report;
        try (Progress progress = Progress.of(err, "records checked")) {
            report = SqliteStore.verify(data, progress::at);
        }
        if (report.isSound()) {
            spec.commandLine()
                    .getOut()
                    .println("sound: " + report.batches() + " batches, " + report.payments() + " payments, "
                            + report.accounts() + " accounts");
            return ExitCode.OK;
        }
        err.println("bayar: the ledger in " + data + " is not as it was written: " + report.problem()
                + "; keep it as evidence and restore it from a backup");
        return ExitCode.NO;
    }
}
