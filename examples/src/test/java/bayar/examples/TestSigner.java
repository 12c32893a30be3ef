package bayar.examples;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs messages with the JDK alone, as somebody would who has read nothing but the message reference. */
final class TestSigner {
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** A JWK Set with the key {@code k1} of the principal {@code shop}, which may debit alice and kedai. */
    static String keysJson() {
        return """
                {"keys":[{"kty":"oct","kid":"k1","alg":"HS256","k":"%s","principal":"shop",
                "grants":{"debit":["alice","kedai"]}}]}
                """.formatted(encode(SECRET));
    }

    static byte[] sale(String id, long amount) {
        return signed(salePayload(id, amount));
    }

    static byte[] authorize(String id, long amount) {
        return signed(salePayload(id, amount).replace("\"sale\"", "\"authorize\""));
    }

    static String salePayload(String id, long amount) {
        return """
                {"id":"%s","type":"sale","payer":"alice","payee":"kedai","amount":%d,"currency":"MYR",%s}""".formatted(id, amount, times());
    }

    /** {@code "iat":…,"exp":…} for now. */
    static String times() {
        long now = Instant.now().getEpochSecond();
        return "\"iat\":" + now + ",\"exp\":" + (now + 60);
    }

    static byte[] signed(String payload) {
        return signed(payload.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] signed(byte[] payload) {
        return signed("{\"alg\":\"HS256\",\"kid\":\"k1\"}", payload);
    }

    static byte[] signed(String header, byte[] payload) {
        String signed = encode(header.getBytes(StandardCharsets.UTF_8)) + "." + encode(payload);
        return (signed + "." + encode(hmac(signed))).getBytes(StandardCharsets.US_ASCII);
    }

    static String encode(byte[] bytes) {
        return BASE64URL.encodeToString(bytes);
    }

    private static byte[] hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private TestSigner() {}
}
