package bayar.examples;

import bayar.store.sqlite.SqliteStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the balances. */
@Command(
        name = "accounts",
        description = {
            "Prints the balances as CSV, in minor units, also while a server has the ledger open.",
            "The accounts bayar:opening:… are the other side of the opening balances: all together make zero.",
        },
        mixinStandardHelpOptions = true)
final class Accounts implements Callable<Integer> {
    @Option(names = "--data", paramLabel = "DIR", required = true, description = "The directory of the ledger.")
    private Path data = Path.of("");

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        // All or nothing: nothing is printed before everything was read.
        List<String> lines = new ArrayList<>();
        try (Progress progress = Progress.of(spec.commandLine().getErr(), "accounts read")) {
            SqliteStore.readAccounts(data, account -> {
                progress.step();
                lines.add(account.id() + "," + account.currency().getCurrencyCode() + "," + account.posted() + ","
                        + account.held());
            });
        }
        PrintWriter out = spec.commandLine().getOut();
        // The line ends are part of the format, so they are the same everywhere.
        out.print("account,currency,posted,held\n");
        lines.forEach(line -> out.print(line + "\n"));
        return ExitCode.OK;
    }
}
