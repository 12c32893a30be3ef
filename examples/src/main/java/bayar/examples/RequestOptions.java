package bayar.examples;

import bayar.BayarException;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that describe a new payment. */
final class RequestOptions {
    @Option(names = "--from", paramLabel = "ACCOUNT", description = "The account to debit.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "ACCOUNT", description = "The account to credit.")
    private @Nullable String to;

    @Option(
            names = "--amount",
            paramLabel = "MINOR",
            description = "A whole number of minor units: 1250 is MYR 12.50 and JPY 1250.")
    private @Nullable Long amount;

    @Option(names = "--currency", paramLabel = "CODE", description = "ISO 4217, such as MYR.")
    private @Nullable String currency;

    @Option(
            names = "--id",
            description = "The payment's id, chosen by you and kept: sent again, it never pays twice. Without it one is"
                    + " made, and shown on standard error.")
    private @Nullable String id;

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            description = "A note to keep with the payment; may be repeated.")
    private Map<String, String> metadata = new LinkedHashMap<>();

    @Option(names = "--method", paramLabel = "NAME", defaultValue = "ledger", description = "Default: ledger.")
    private String method = PaymentRequest.LEDGER;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** The request that these options and {@code payment} make; a wrong one is a wrong command line. */
    PaymentRequest request(Operation type, @Nullable String payment, boolean isFinal) {
        require(type, "--from", from != null, type.namesAccounts());
        require(type, "--to", to != null, type.namesAccounts());
        require(type, "--amount", amount != null, type.carriesAmount());
        require(type, "--currency", currency != null, type.carriesAmount());
        require(type, "--payment", payment != null, type.namesPayment());
        try {
            PaymentRequest.Builder builder = PaymentRequest.builder(id == null ? newId() : id, type)
                    .method(method)
                    .isFinal(isFinal)
                    .metadata(metadata);
            if (from != null && to != null) {
                builder.payer(from).payee(to);
            }
            if (amount != null && currency != null) {
                builder.amount(Money.of(amount, currency));
            }
            if (payment != null) {
                builder.payment(payment);
            }
            return builder.build();
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void require(Operation type, String option, boolean given, boolean wanted) {
        if (given != wanted) {
            throw new ParameterException(
                    spec.commandLine(),
                    wanted
                            ? option + " is missing; a " + type.code() + " needs it"
                            : "a " + type.code() + " takes no " + option);
        }
    }

    /** Whether no id was given, so that the request has one which nobody knows yet. */
    boolean hasNewId() {
        return id == null;
    }

    static String newId() {
        return UUID.randomUUID().toString();
    }

    /** Shows an id that was made here before it is used, so that a person can send the request again. */
    static void tellNewId(PaymentRequest request, CommandLine command) {
        command.getErr().println("id " + request.id());
        command.getErr().flush();
    }
}
