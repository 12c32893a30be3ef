package bayar.examples;

import bayar.BayarException;
import bayar.Operation;
import bayar.PaymentRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a request that acts on an earlier payment. */
final class EarlierPayment {
    @Option(
            names = "--payment",
            required = true,
            paramLabel = "ID",
            description = "The id of the payment that this acts on.")
    private String payment = "";

    @Option(names = "--id", description = "This request's own id; made and shown on standard error when not given.")
    private @Nullable String id;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Whether no id was given, so that the request has one which nobody knows yet. */
    boolean hasNewId() {
        return id == null;
    }

    /** A request of this type, with what else {@code fields} puts in. */
    PaymentRequest request(Operation type, Consumer<PaymentRequest.Builder> fields) {
        try {
            PaymentRequest.Builder builder = PaymentRequest.builder(id == null ? RequestOptions.newId() : id, type)
                    .payment(payment);
            fields.accept(builder);
            return builder.build();
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
