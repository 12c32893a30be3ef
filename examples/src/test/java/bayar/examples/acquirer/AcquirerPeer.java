package bayar.examples.acquirer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import bayar.examples.card.ApiSecret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A merchant that speaks to an acquirer. */
public record AcquirerPeer(URI url, ApiSecret secret, HttpClient http) {
    /** The secret of all tests. */
    public static final ApiSecret SECRET = ApiSecret.of("0123456789abcdef0123456789abcdef");

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = JsonMapper.shared();

    public static AcquirerPeer to(URI url) {
        return to(url, SECRET);
    }

    public static AcquirerPeer to(URI url, ApiSecret secret) {
        return new AcquirerPeer(
                url,
                secret,
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
    }

    /** A request with these headers. */
    public HttpResponse<String> send(String method, String path, String body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(PATIENCE)
                .method(method, BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** A signed request. */
    public HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return send(method, path, body, secret.headers(method + ' ' + path, bytes, Instant.now()));
    }

    /** What is answered to a signed request that is in order. */
    public JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = send(method, path, body);
        assertEquals(200, response.statusCode(), response.body());
        return JSON.readTree(response.body());
    }

    public JsonNode pay(String order) throws IOException, InterruptedException {
        return ask("POST", "/payments", order.replace('\'', '"'));
    }

    public JsonNode inquire(String key) throws IOException, InterruptedException {
        return ask("GET", "/payments/" + key, "");
    }

    public JsonNode reverse(String key) throws IOException, InterruptedException {
        return ask("POST", "/payments/" + key + "/reversal", "");
    }

    public void faults(String mix) throws IOException, InterruptedException {
        ask("POST", "/faults", mix.replace('\'', '"'));
    }

    public void webhook(String target) throws IOException, InterruptedException {
        ask("POST", "/webhook", target.replace('\'', '"'));
    }

    public List<JsonNode> book() throws IOException, InterruptedException {
        List<JsonNode> entries = new ArrayList<>();
        ask("GET", "/book", "").forEach(entries::add);
        return entries;
    }

    /** "approved", or the status and the reason where there is one. */
    public static String told(JsonNode entry) {
        JsonNode reason = entry.path("reason");
        return entry.path("status").asString() + (reason.isMissingNode() ? "" : " " + reason.asString());
    }
}
