package bayar.examples;

import bayar.BayarException;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.client.OutcomeUnknownException;
import bayar.client.PaymentClient;
import bayar.codec.ReceiptWriter;
import bayar.transport.Dialer;
import bayar.transport.tcp.Framing;
import bayar.transport.tcp.TcpDialer;
import bayar.transport.websocket.WebSocketDialer;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which server to ask, and with which key. */
final class ServerOptions {
    @Option(names = "--url", required = true, description = "The server: ws://host:port or tcp://host:port.")
    private URI url = URI.create("");

    @Option(names = "--keys", paramLabel = "FILE", required = true, description = "The key file.")
    private Path keys = Path.of("");

    @Option(names = "--kid", paramLabel = "KEY", required = true, description = "Which key of it signs.")
    private String kid = "";

    @Option(
            names = "--tcp-framing",
            defaultValue = "length4",
            paramLabel = "FRAMING",
            description = "As the server has it: length4, length2 or newline. Default: length4.")
    private Framing framing = Framing.LENGTH4;

    @Option(
            names = "--timeout",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "How long to try, sending the same id again as needed. Default: 10.")
    private int timeoutSeconds = 10;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /**
     * Sends {@code request}, prints the reply's JSON, and tells the exit code.
     *
     * @param hasNewId whether to show its id first
     */
    int send(CommandLine command, PaymentRequest request, boolean hasNewId) {
        Dialer dialer = dialer();
        Signer signer = Signer.of(KeySet.load(keys), kid);
        if (hasNewId) {
            RequestOptions.tellNewId(request, command);
        }
        try (PaymentClient client = PaymentClient.builder(dialer, signer)
                .deadline(Duration.ofSeconds(timeoutSeconds))
                .build()) {
            Receipt receipt = client.send(request).join();
            print(command, receipt);
            if (receipt.reason() == Reason.STALE) {
                command.getErr()
                        .println("bayar: the clocks of this machine and of the server are too far apart; set both");
            } else if (receipt.status() == Status.BUSY) {
                command.getErr().println("bayar: busy to the end, nothing was done; send the same --id again later");
            }
            return ExitCode.of(receipt);
        } catch (CompletionException e) {
            return explain(command, e);
        }
    }

    private int explain(CommandLine command, CompletionException failure) {
        if (failure.getCause() instanceof OutcomeUnknownException unknown) {
            Receipt last = unknown.lastReceipt();
            if (last != null) {
                print(command, last);
            }
            command.getErr().println("bayar: " + url + ": " + unknown.getMessage());
            return ExitCode.UNKNOWN;
        }
        throw failure.getCause() instanceof BayarException known ? known : failure;
    }

    private static void print(CommandLine command, Receipt receipt) {
        PrintWriter out = command.getOut();
        out.print(new String(new ReceiptWriter().write(receipt), StandardCharsets.UTF_8) + "\n");
        out.flush();
    }

    private Dialer dialer() {
        if (timeoutSeconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout " + timeoutSeconds + " is not 1 or more");
        }
        try {
            Address address = Address.of(url);
            return address.isWebSocket()
                    ? WebSocketDialer.to(url.toString())
                    : TcpDialer.builder(address.host(), address.port())
                            .framing(framing)
                            .build();
        } catch (BayarException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
