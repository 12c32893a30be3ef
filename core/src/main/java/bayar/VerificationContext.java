package bayar;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a request came to the engine.
 *
 * @param principal who sent it, with its grants
 * @param keyId the key that signed it, or null when it was not signed (a call of the host, or where the host allows it)
 * @param issuedAt when the message was made by its own word, to the second; null for a call of the host
 * @param deadline when it is to be dropped if it has not reached the ledger, or null when it has none
 * @param receivedAt the engine's clock when the request was read
 * @param peer where it came from, such as {@code tcp:127.0.0.1:50412} or {@code call}
 */
public record VerificationContext(
        Principal principal,
        @Nullable String keyId,
        @Nullable Instant issuedAt,
        @Nullable Instant deadline,
        Instant receivedAt,
        String peer) {}
