package bayar.monitor;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What is answered to one HTTP request.
 *
 * @param type the media type of the body
 * @param headers others than that
 */
record Answer(int status, String type, byte[] body, Map<String, String> headers) {
    private static final String JSON = "application/json";

    /** 200, with this as JSON. */
    static Answer json(Object value) {
        return json(200, value);
    }

    static Answer json(int status, Object value) {
        return new Answer(status, JSON, Json.MAPPER.writeValueAsBytes(value), Map.of());
    }

    static Answer text(String type, String text) {
        return new Answer(200, type, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** A refusal, as {@code {"error"}}. */
    static Answer refused(int status, String error) {
        return json(status, Map.of("error", error));
    }

    Answer with(String header, String value) {
        return new Answer(status, type, body, Map.of(header, value));
    }
}
