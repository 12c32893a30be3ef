package bayar.examples;

import bayar.auth.Algorithm;
import bayar.auth.Key;
import bayar.auth.KeyFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Key files. */
@Command(name = "keys", description = "Makes key files.", mixinStandardHelpOptions = true, subcommands = Keys.New.class)
final class Keys implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    /** Makes a key. */
    @Command(
            name = "new",
            description =
                    "Makes a key, and the file for it where there is none. The file holds the secret: keep it safe.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    static final class New implements Callable<Integer> {
        @Option(names = "--file", required = true, description = "The key file: a JWK Set (RFC 7517).")
        private Path file = Path.of("");

        @Option(names = "--kid", required = true, paramLabel = "KEY", description = "The key's name.")
        private String kid = "";

        @Option(names = "--principal", required = true, paramLabel = "NAME", description = "Who signs with it.")
        private String principal = "";

        @Option(
                names = "--alg",
                defaultValue = "HS256",
                description = "HS256 (a shared secret) or Ed25519 (a key pair). Default: HS256.")
        private String alg = "HS256";

        @Option(
                names = "--debit",
                split = ",",
                paramLabel = "ACCOUNT",
                description = "The accounts it may debit: names, or beginnings that end in *. None by default.")
        private List<String> debits = List.of();

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Algorithm algorithm = Algorithm.ofCode(alg);
            if (algorithm == null) {
                throw new ParameterException(spec.commandLine(), "--alg " + alg + " is not HS256 or Ed25519");
            }
            Key key = KeyFile.add(file, kid, principal, algorithm, debits, new SecureRandom());
            PrintWriter err = spec.commandLine().getErr();
            err.println("made " + key + " in " + file + "; it may debit "
                    + (debits.isEmpty() ? "no account: give some with --debit" : String.join(", ", debits)));
            return ExitCode.OK;
        }
    }
}
