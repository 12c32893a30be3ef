package bayar.examples;

import bayar.Operation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Releases what an authorization holds. */
@Command(
        name = "void",
        description = "Releases all that an authorization still holds and prints the reply's JSON. Exits as pay does.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class VoidAuthorization implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private EarlierPayment earlier = new EarlierPayment();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(spec.commandLine(), earlier.request(Operation.VOID, nothing -> {}), earlier.hasNewId());
    }
}
