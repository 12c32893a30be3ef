package bayar.examples;

import bayar.BayarException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Shows how a server does, in the terminal, until it is told to stop. */
@Command(
        name = "watch",
        description = {
            "Shows how a server that was started with --monitor does, as top does for a machine: a table that is drawn",
            "anew on a terminal, or one table after the other elsewhere. Goes on when the server was away. Ctrl-C ends it.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Watch implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_SECONDS = 3600;
    private static final String CLEARED = "\u001b[H\u001b[2J\u001b[3J";

    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:2348",
            description = "The server's monitor. Default: http://127.0.0.1:2348.")
    private URI url = URI.create("http://127.0.0.1:2348");

    @Option(
            names = "--operator-file",
            paramLabel = "FILE",
            description = "What the running server has written; its token lets other machines look.")
    private @Nullable Path operatorFile;

    @Option(names = "--every", paramLabel = "SECONDS", defaultValue = "1", description = "How often. Default: 1.")
    private int everySeconds = 1;

    @Option(names = "--count", paramLabel = "N", description = "End after so many tables.")
    private @Nullable Integer count;

    @Spec
    private CommandSpec spec;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    @Override
    public Integer call() throws InterruptedException {
        if (!"http".equals(url.getScheme()) || url.getHost() == null) {
            throw new ParameterException(spec.commandLine(), "--url " + url + " is not such as http://127.0.0.1:2348");
        }
        if (everySeconds < 1 || everySeconds > MAX_SECONDS) {
            throw new ParameterException(spec.commandLine(), "--every " + everySeconds + " is not 1 to " + MAX_SECONDS);
        }
        if (count != null && count < 1) {
            throw new ParameterException(spec.commandLine(), "--count " + count + " is not 1 or more");
        }
        HttpRequest request = request();
        boolean isTerminal = Progress.isTerminal();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        JsonNode before = null;
        boolean isLost = false;
        for (int shown = 0; count == null || shown < count; ) {
            JsonNode now = glance(request);
            if (now == null && before == null) {
                err.println("bayar: nobody answers at " + url + "; start the server with --monitor PORT");
                return ExitCode.UNKNOWN;
            }
            if (now == null) {
                if (!isLost) {
                    err.println("bayar: " + url + " does not answer any more; it is asked again");
                }
                isLost = true;
            } else if (before == null || !before.path("timeMillis").equals(now.path("timeMillis"))) {
                isLost = false;
                List<String> lines = new WatchTable(now, before, ZoneId.systemDefault()).lines();
                out.print((isTerminal ? CLEARED : "") + "bayar " + url.getAuthority() + "  " + String.join("\n", lines)
                        + "\n" + (isTerminal ? "" : "\n"));
                out.flush();
                before = now;
                shown++;
            }
            if (count == null || shown < count) {
                TimeUnit.SECONDS.sleep(everySeconds);
            }
        }
        return ExitCode.OK;
    }

    private HttpRequest request() {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url.resolve("/glance")).timeout(TIMEOUT);
        if (operatorFile != null) {
            OperatorFile operator = OperatorFile.read(operatorFile);
            if (operator == null) {
                throw new BayarException(operatorFile + " is not there; name the file of a running server");
            }
            request.header("Authorization", "Bearer " + operator.token());
        }
        return request.build();
    }

    /** What the server says, or null when it says nothing. */
    private @Nullable JsonNode glance(HttpRequest request) throws InterruptedException {
        HttpResponse<byte[]> response;
        try {
            response = http.send(request, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            // It may be starting again.
            return null;
        }
        try {
            JsonNode told = Json.MAPPER.readTree(response.body());
            if (response.statusCode() == 200 && told.has("timeMillis")) {
                return told;
            }
            throw new BayarException(url + " answers " + response.statusCode() + ": "
                    + told.path("error").asString("this is no monitor of an engine"));
        } catch (JacksonException e) {
            throw new BayarException(url + " answers with something that is no glance; is it a monitor's address?", e);
        }
    }
}
