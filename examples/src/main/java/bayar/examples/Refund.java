package bayar.examples;

import bayar.Money;
import bayar.Operation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

    @Mixin
    private EarlierPayment earlier = new EarlierPayment();

    @Option(names = "--amount", required = true, paramLabel = "MINOR", description = "How much, in minor units.")
    private long amount;

    @Option(names = "--currency", required = true, paramLabel = "CODE", description = "ISO 4217, as in the sale.")
    private String currency = "";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(
                spec.commandLine(),
                earlier.request(Operation.REFUND, refund -> refund.amount(Money.of(amount, currency))),
                earlier.hasNewId());
    }
}
