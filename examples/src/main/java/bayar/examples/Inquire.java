package bayar.examples;

import bayar.BayarException;
import bayar.PaymentRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks how a payment ended. */
@Command(
        name = "inquire",
        description = {
            "Asks how an earlier payment of the same principal ended, and prints the reply's JSON.",
            "Changes nothing. Exits as pay does: 0 when that payment was approved.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Inquire implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(
            names = {"--payment", "--id"},
            required = true,
            paramLabel = "ID",
            description = "The id of that payment.")
    private String payment = "";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(spec.commandLine(), request(), false);
    }

    private PaymentRequest request() {
        try {
            return PaymentRequest.inquiry(RequestOptions.newId(), payment);
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
