package bayar.examples;

import bayar.BayarException;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.codec.RequestWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints a signed message, for another program to send. */
@Command(
        name = "sign",
        description = {
            "Prints one signed message (a JWS in compact form) and a line feed, and sends nothing.",
            "The server takes it from 60 seconds before its --iat to 300 seconds after, and not after its deadline.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Sign implements Callable<Integer> {
    private static final int DEFAULT_VALID_SECONDS = 60;

    @Option(names = "--keys", paramLabel = "FILE", required = true, description = "The key file.")
    private Path keys = Path.of("");

    @Option(names = "--kid", paramLabel = "KEY", required = true, description = "Which key of it signs.")
    private String kid = "";

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "sale",
            description = "sale, transfer, refund, inquiry or another operation. Default: sale.")
    private String type = "sale";

    @Option(names = "--payment", paramLabel = "ID", description = "The earlier payment, for what acts on one.")
    private @Nullable String payment;

    @Option(names = "--final", description = "For a capture: nothing more will be captured.")
    private boolean isFinal;

    @Mixin
    private RequestOptions request = new RequestOptions();

    @Option(names = "--iat", paramLabel = "SECONDS", description = "When it is signed, since 1970; now by default.")
    private @Nullable Long issuedAtSeconds;

    @Option(
            names = "--exp-seconds",
            paramLabel = "N",
            defaultValue = "" + DEFAULT_VALID_SECONDS,
            description = "The deadline, that many seconds later. Default: " + DEFAULT_VALID_SECONDS + ".")
    private long validSeconds = DEFAULT_VALID_SECONDS;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Operation operation = Operation.ofCode(type);
        if (operation == null) {
            throw new ParameterException(spec.commandLine(), "--type " + type + " is not an operation, such as sale");
        }
        Signer signer = Signer.of(KeySet.load(keys), kid);
        long iat = issuedAtSeconds == null ? Instant.now().getEpochSecond() : issuedAtSeconds;
        PaymentRequest signed = request.request(operation, payment, isFinal);
        byte[] message = signer.sign(payload(signed, iat));
        if (request.hasNewId()) {
            RequestOptions.tellNewId(signed, spec.commandLine());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(new String(message, StandardCharsets.US_ASCII) + "\n");
        return ExitCode.OK;
    }

    private byte[] payload(PaymentRequest signed, long iat) {
        try {
            return new RequestWriter().write(signed, iat, iat + validSeconds);
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
