package bayar.examples.card;

import bayar.BayarException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The secret that a merchant shares with the acquirer. Signs what either of them sends, and tells whether it was signed.
 *
 * <p>A signed message has two headers: {@value #TIMESTAMP}, when it was signed, in seconds since 1970, and {@value
 * #SIGNATURE}, 64 lower-case hexadecimal digits. The signature is the HMAC-SHA256 over purpose, timestamp and body, with
 * a line feed (0x0A) behind each of the first two. The purpose is the method and the path as sent, such as {@code POST
 * /payments}, or {@value #WEBHOOK} for what the acquirer sends of its own accord. A message is good for {@link #MAX_AGE}.
 * Thread-safe.
 */
public final class ApiSecret {
    /** The header with the time of signing. */
    public static final String TIMESTAMP = "Acquirer-Timestamp";

    /** The header with the signature. */
    public static final String SIGNATURE = "Acquirer-Signature";

    /** The purpose of the acquirer's own messages. */
    public static final String WEBHOOK = "webhook";

    /** How far the time of signing may be from the receiver's clock, to either side. */
    public static final Duration MAX_AGE = Duration.ofMinutes(1);

    /** The fewest characters of a secret. */
    public static final int MIN_LENGTH = 32;

    private static final String HMAC = "HmacSHA256";
    private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");

    private final SecretKeySpec key;

    private ApiSecret(byte[] secret) {
        key = new SecretKeySpec(secret, HMAC);
    }

    /** @throws BayarException if the secret is too short */
    public static ApiSecret of(String secret) {
        if (secret.length() < MIN_LENGTH) {
            throw new BayarException("the acquirer's secret has " + secret.length() + " characters; it needs "
                    + MIN_LENGTH + " or more");
        }
        return new ApiSecret(secret.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The secret in this text file; white space around it does not count.
     *
     * @throws BayarException if it cannot be read, or is too short
     */
    public static ApiSecret read(Path file) {
        try {
            return of(Files.readString(file).strip());
        } catch (IOException e) {
            throw new BayarException("the acquirer's secret cannot be read from " + file + ": " + e, e);
        }
    }

    /** The two headers for this message. */
    public Map<String, String> headers(String purpose, byte[] body, Instant now) {
        String timestamp = Long.toString(now.getEpochSecond());
        return Map.of(TIMESTAMP, timestamp, SIGNATURE, HexFormat.of().formatHex(hmac(purpose, timestamp, body)));
    }

    /** Whether these two headers, null where one is missing, are a signature of this message, and not too old. */
    public boolean isAuthentic(
            String purpose, @Nullable String timestamp, @Nullable String signature, byte[] body, Instant now) {
        if (timestamp == null
                || signature == null
                || !SECONDS.matcher(timestamp).matches()) {
            return false;
        }
        String expected = HexFormat.of().formatHex(hmac(purpose, timestamp, body));
        return MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), signature.getBytes(StandardCharsets.UTF_8))
                && Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) <= MAX_AGE.toSeconds();
    }

    private byte[] hmac(String purpose, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            mac.update((purpose + '\n' + timestamp + '\n').getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC, e);
        }
    }

    @Override
    public String toString() {
        return "ApiSecret";
    }
}
