package bayar.examples;

import bayar.BayarException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/** Where the ledger is that an operator looks after, and the way to the server that runs on it. */
final class OperatorOptions {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Place place = new Place();

    private static final class Place {
        @Option(
                names = "--data",
                paramLabel = "DIR",
                required = true,
                description = "The ledger; the server that runs on it is asked, or the ledger itself when none runs.")
        private @Nullable Path data;

        @Option(
                names = "--operator-file",
                paramLabel = "FILE",
                required = true,
                description = "What a running server was told to write with the same option.")
        private @Nullable Path operatorFile;
    }

    /** Nobody is there to ask: the ledger, if that was named, can be used itself. */
    static final class NoServer extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** The server was asked, and nobody knows what came of it. */
    static final class NoAnswer extends BayarException {
        private static final long serialVersionUID = 1L;

        NoAnswer(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Nullable
    Path data() {
        return place.data;
    }

    /** Asks the running server. */
    byte[] get(String path) throws NoServer {
        return send(path, null);
    }

    /** Tells the running server. */
    byte[] post(String path, byte[] json) throws NoServer {
        return send(path, json);
    }

    private byte[] send(String path, byte @Nullable [] json) throws NoServer {
        Path file = place.operatorFile;
        if (file == null && place.data != null) {
            file = OperatorFile.in(place.data);
        }
        OperatorFile server = file == null ? null : OperatorFile.read(file);
        if (server == null) {
            throw noServer(String.valueOf(file));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(server.url().resolve(path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + server.token());
        if (json != null) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofByteArray(json));
        }
        try {
            HttpResponse<byte[]> response = HttpClient.newBuilder()
                    .connectTimeout(TIMEOUT)
                    .build()
                    .send(request.build(), BodyHandlers.ofByteArray());
            boolean isOfAnother = response.statusCode() == 401 || response.statusCode() == 404;
            if (isOfAnother) {
                throw noServer(file + " names " + server.url() + ", which knows nothing of it");
            }
            if (response.statusCode() != 200) {
                throw new BayarException(error(response));
            }
            return response.body();
        } catch (ConnectException e) {
            throw noServer(file + " names " + server.url() + ", where nobody listens");
        } catch (IOException e) {
            throw new NoAnswer("the server at " + server.url() + " did not answer: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BayarException("interrupted", e);
        }
    }

    private NoServer noServer(String found) {
        if (place.data == null) {
            throw new BayarException("no server runs: " + found + " is missing or old; name the file of a running one");
        }
        return new NoServer();
    }

    private static String error(HttpResponse<byte[]> response) {
        try {
            return Json.MAPPER.readTree(response.body()).path("error").asString("status " + response.statusCode());
        } catch (JacksonException e) {
            return "the server answers " + response.statusCode();
        }
    }
}
