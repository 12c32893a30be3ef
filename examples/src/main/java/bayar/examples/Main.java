package bayar.examples;

import bayar.BayarException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Bayar's command line. Data goes to standard output, everything else to standard error. */
@Command(
        name = "bayar",
        description = "A payment engine: its server, its client, and a demo to begin with.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            Demo.class,
            Serve.class,
            Keys.class,
            Pay.class,
            Capture.class,
            VoidAuthorization.class,
            Refund.class,
            Inquire.class,
            Sign.class,
            Accounts.class,
            Open.class,
            Resolve.class,
            Verify.class,
            Watch.class,
            RunAcquirer.class,
        },
        footer = {
            "",
            "./bayar bench is a program of its own: it measures servers. See: ./bayar bench --help",
            "",
            "Exit codes: 0 approved or done, 1 declined, rejected or failed, 2 wrong usage,",
            "3 not known (in doubt, busy to the end, or nobody answered).",
        })
final class Main implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        int exitCode = run(writer(FileDescriptor.out), writer(FileDescriptor.err), args);
        System.exit(exitCode);
    }

    /** Runs one command; for tests, too. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        LogToErr.from(Level.WARNING);
        CommandLine commandLine = new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setParameterExceptionHandler(Main::explainUsage)
                .setExecutionExceptionHandler((failure, command, result) -> explainFailure(failure, command));
        int exitCode = commandLine.execute(args);
        out.flush();
        err.flush();
        return exitCode;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    private static int explainUsage(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("bayar: " + wrong.getMessage().replaceFirst("^Error: ", ""));
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
        CommandLine.Help help = command.getHelpFactory()
                .create(command.getCommandSpec(), CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        err.print(help.synopsisHeading() + help.synopsis(help.synopsisHeadingLength()));
        err.println("Try: " + command.getCommandSpec().qualifiedName(" ") + " --help");
        return ExitCode.USAGE;
    }

    private static int explainFailure(Exception failure, CommandLine command) {
        PrintWriter err = command.getErr();
        boolean expected = failure instanceof BayarException;
        err.println("bayar: " + (expected ? failure.getMessage() : "unexpected " + failure));
        if (!expected && System.getenv("BAYAR_DEBUG") != null) {
            failure.printStackTrace(err);
        }
        return ExitCode.NO;
    }

    /** UTF-8 always: what goes to other programs must not depend on the locale. */
    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"bayar " + (version == null ? "(not packaged)" : version)};
        }
    }
}
