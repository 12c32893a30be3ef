package bayar.examples;

import bayar.BayarException;
import bayar.Receipt;
import bayar.Resolution;
import bayar.codec.ReceiptWriter;
import bayar.engine.PaymentEngine;
import bayar.store.sqlite.SqliteStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Settles a payment by hand. */
@Command(
        name = "resolve",
        description = {
            "Settles a payment that is in doubt by what you know of it, or acknowledges an anomaly. Your name and your",
            "reason stay on the record. Prints the payment's receipt as JSON; exits with 1 when that was not possible.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Resolve implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Option(names = "--principal", required = true, paramLabel = "NAME", description = "Whose payment it is.")
    private String principal = "";

    @Option(names = "--id", required = true, description = "The payment's id.")
    private String id = "";

    @Option(
            names = "--as",
            required = true,
            paramLabel = "WORD",
            description = {
                "approved, declined or not_executed: what became of it; reverse: have the processor undo it;",
                "acknowledge: its anomaly has been dealt with."
            })
    private String as = "";

    @Option(
            names = "--amount",
            paramLabel = "MINOR",
            description = "With approved, for a part: how much, in minor units of the payment's currency.")
    private @Nullable Long amount;

    @Option(names = "--by", required = true, paramLabel = "NAME", description = "Your name.")
    private String by = "";

    @Option(names = "--because", required = true, paramLabel = "TEXT", description = "How you know.")
    private String because = "";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ResolveOrder order;
        try {
            order = new ResolveOrder(principal, id, as, amount, by, because);
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        byte[] receipt;
        try {
            receipt = operator.post("/operator/resolve", Json.MAPPER.writeValueAsBytes(order));
        } catch (OperatorOptions.NoAnswer e) {
            spec.commandLine().getErr().println("bayar: " + e.getMessage() + "; look with: open");
            return ExitCode.UNKNOWN;
        } catch (OperatorOptions.NoServer e) {
            receipt = new ReceiptWriter().write(inTheLedger(order));
        }
        spec.commandLine().getOut().println(new String(receipt, StandardCharsets.UTF_8));
        return ExitCode.OK;
    }

    private Receipt inTheLedger(ResolveOrder order) {
        Path data = operator.data();
        if (data == null) {
            throw new BayarException("there is neither a server nor a ledger");
        }
        if (order.as().equals(Resolution.Decision.REVERSE.code())) {
            throw new BayarException("no server runs on this ledger, and only a server can have a payment reversed");
        }
        // Only to look first: opening would begin a ledger where there is none.
        SqliteStore.readUnresolved(data, payment -> {});
        try (PaymentEngine engine = PaymentEngine.builder()
                .store(SqliteStore.open(data))
                .logRequests(false)
                .start()) {
            return order.tell(engine).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BayarException cause ? cause : e;
        }
    }
}
