package bayar.examples.acquirer;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Strict JSON: no unknown fields, no field twice, no number that is not what it must be. Nulls are left out; a number that
 * is left out is 0.
 */
final class Json {
    static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    /** @throws JacksonException if that is not what these bytes are */
    static <T> T read(byte[] json, Class<T> type) {
        T value = STRICT.readValue(json, type);
        if (value == null) {
            throw DatabindException.from((JsonParser) null, "null is no " + type.getSimpleName());
        }
        return value;
    }

    private Json() {}
}
