package bayar.examples;

import bayar.Operation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sends one payment. */
@Command(
        name = "pay",
        description = {
            "Sends one payment and prints the reply's JSON. Exits with 0 when it was approved, 1 when it was declined",
            "or rejected, 3 when nobody knows yet: send it again with the same --id then; it can never pay twice.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Pay implements Callable<Integer> {
    /** What a new payment may be. */
    private enum Type {
        AUTHORIZE(Operation.AUTHORIZE),
        SALE(Operation.SALE),
        TRANSFER(Operation.TRANSFER);

        private final Operation operation;

        Type(Operation operation) {
            this.operation = operation;
        }
    }

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private RequestOptions request = new RequestOptions();

    @Option(
            names = "--type",
            defaultValue = "sale",
            description = "sale, which can be refunded; authorize, which only holds the amount, to capture or void it"
                    + " later; or transfer. Default: sale.")
    private Type type = Type.SALE;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(spec.commandLine(), request.request(type.operation, null, false), request.hasNewId());
    }
}
