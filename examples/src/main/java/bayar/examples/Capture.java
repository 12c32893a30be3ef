package bayar.examples;

import bayar.Money;
import bayar.Operation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes what an authorization holds. */
@Command(
        name = "capture",
        description = {
            "Takes all or a part of what an authorization holds and prints the reply's JSON. May be repeated until",
            "nothing is left. Exits as pay does.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Capture implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private EarlierPayment earlier = new EarlierPayment();

    @Option(names = "--amount", required = true, paramLabel = "MINOR", description = "How much, in minor units.")
    private long amount;

    @Option(
            names = "--currency",
            required = true,
            paramLabel = "CODE",
            description = "ISO 4217, as in the authorization.")
    private String currency = "";

    @Option(names = "--final", description = "Nothing more will be captured: releases the rest.")
    private boolean isFinal;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(
                spec.commandLine(),
                earlier.request(
                        Operation.CAPTURE,
                        capture -> capture.amount(Money.of(amount, currency)).isFinal(isFinal)),
                earlier.hasNewId());
    }
}
