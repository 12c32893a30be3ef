package bayar.examples;

import bayar.BayarException;
import bayar.examples.acquirer.Acquirer;
import bayar.examples.card.ApiSecret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the card acquirer's simulator until it is told to stop. */
@Command(
        name = "acquirer",
        description = {
            "Runs a simulated card acquirer over HTTP. Prints where it listens, then \"ready\".",
            "It keeps its own durable book; its secret signs each request and each webhook.",
            "Amounts that end in 05, 51, 54, 59 or 61 are declined.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RunAcquirer implements Callable<Integer> {
    private static final int SECRET_BYTES = 32;

    @Option(names = "--port", required = true, paramLabel = "PORT", description = "Listen here; 0 takes a free port.")
    private int port;

    @Option(names = "--book", required = true, paramLabel = "FILE", description = "The book; begun if it is not there.")
    private Path book = Path.of("");

    @Option(
            names = "--secret-file",
            paramLabel = "FILE",
            description = "The secret, as text; made if it is not there. Default: the book's name and .secret.")
    private @Nullable Path secretFile;

    @Option(
            names = "--webhook",
            paramLabel = "URL",
            description = "Tell each outcome to this http address, again until it is taken.")
    private @Nullable URI webhook;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "The address to listen on. Default: 127.0.0.1, this machine only.")
    private String host = "127.0.0.1";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (port < 0 || port > 65_535) {
            throw new ParameterException(spec.commandLine(), "port " + port + " is not 0 to 65535");
        }
        Path secret = secretFile == null ? book.resolveSibling(book.getFileName() + ".secret") : secretFile;
        makeIfAbsent(secret);
        Acquirer acquirer = Acquirer.start(
                new InetSocketAddress(host, port), book, ApiSecret.read(secret), webhook, Clock.systemUTC());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            acquirer.close();
                            Runtime.getRuntime().halt(ExitCode.OK);
                        },
                        "acquirer-close"));
        PrintWriter out = spec.commandLine().getOut();
        out.println("listening " + acquirer.url());
        out.println("ready");
        out.flush();
        new CountDownLatch(1).await();
        return ExitCode.OK;
    }

    private static void makeIfAbsent(Path file) {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        try {
            Files.createFile(file, OwnerOnly.attributes(file));
            Files.writeString(file, HexFormat.of().formatHex(secret) + '\n');
        } catch (FileAlreadyExistsException e) {
            return;
        } catch (IOException e) {
            throw new BayarException("the secret cannot be written to " + file + ": " + e, e);
        }
    }
}
