package bayar.examples;

import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Gives a sale's money back. */
@Command(
        name = "refund",
        description = "Gives all or a part of a sale back and prints the reply's JSON. Exits as pay does.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Refund implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(names = "--payment", required = true, paramLabel = "ID", description = "The id of the sale.")
    private String payment = "";

    @Option(names = "--amount", required = true, paramLabel = "MINOR", description = "How much, in minor units.")
    private long amount;

    @Option(names = "--currency", required = true, paramLabel = "CODE", description = "ISO 4217, as in the sale.")
    private String currency = "";

    @Option(names = "--id", description = "The refund's own id; made and shown on standard error when not given.")
    private @Nullable String id;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(spec.commandLine(), request(), id == null);
    }

    private PaymentRequest request() {
        try {
            return PaymentRequest.refund(id == null ? RequestOptions.newId() : id, payment, Money.of(amount, currency));
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
