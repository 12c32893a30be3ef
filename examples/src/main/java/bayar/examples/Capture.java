package bayar.examples;

import bayar.BayarException;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Option(names = "--payment", required = true, paramLabel = "ID", description = "The id of the authorization.")
    private String payment = "";

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

    @Option(names = "--id", description = "The capture's own id; made and shown on standard error when not given.")
    private @Nullable String id;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return server.send(spec.commandLine(), request(), id == null);
    }

    private PaymentRequest request() {
        try {
            return PaymentRequest.builder(id == null ? RequestOptions.newId() : id, Operation.CAPTURE)
                    .payment(payment)
                    .amount(Money.of(amount, currency))
                    .isFinal(isFinal)
                    .build();
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
