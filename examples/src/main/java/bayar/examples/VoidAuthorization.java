package bayar.examples;

import bayar.BayarException;
import bayar.PaymentRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Option(names = "--payment", required = true, paramLabel = "ID", description = "The id of the authorization.")
    private String payment = "";

    @Option(names = "--id", description = "The void's own id; made and shown on standard error when not given.")
    private @Nullable String id;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(spec.commandLine(), request(), id == null);
    }

    private PaymentRequest request() {
        try {
            return PaymentRequest.voidOf(id == null ? RequestOptions.newId() : id, payment);
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
