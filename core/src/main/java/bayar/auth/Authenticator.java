package bayar.auth;

import bayar.Principal;
import bayar.Reason;
import bayar.Refusal;
import bayar.codec.Claims;
import bayar.codec.HeaderReader;
import bayar.codec.InputLimits;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who signed a message: a JWS in compact form (RFC 7515), of a strict profile. Thread-safe.
 *
 * <p>In two steps, so that the costly one can be done elsewhere: {@link #open} takes the message apart and finds the key,
 * {@link Envelope#verify} checks the signature over the bytes that arrived and only then undoes the payload's base64url.
 *
 * <p>The key alone says which algorithm applies; the header can only agree. A key that is not known, a header that names
 * another algorithm than the key's, and a signature that is wrong, malformed or missing are one and the same refusal. So
 * that time does not tell them apart either, a message without a key that fits is verified against a decoy of the
 * algorithm that its header names, and then refused.
 */
public final class Authenticator {
    private static final int CACHED_HEADERS = 4_096;
    private static final Key DECOY_HS256 = Key.hs256("decoy", Principal.named("decoy"), new byte[32]);
    private static final Key DECOY_ED25519 = Key.ed25519Private("decoy", Principal.named("decoy"), new byte[32]);

    private final KeySet keys;
    private final InputLimits limits;
    private final boolean hasEd25519;
    private final Cache<EncodedHeader, Key> keyByHeader;
    /** Often the next message is from the same sender. */
    private volatile @Nullable KnownHeader lastHeader;

    /** An authenticator that knows these keys. */
    public Authenticator(KeySet keys, InputLimits limits) {
        this.keys = keys;
        this.limits = limits;
        hasEd25519 = keys.keys().stream().anyMatch(key -> key.algorithm() == Algorithm.ED25519);
        // Evicts on the caller's thread: a cache this small needs no thread of its own.
        keyByHeader = Caffeine.newBuilder()
                .maximumSize(CACHED_HEADERS)
                .executor(Runnable::run)
                .build();
    }

    /** What {@link #open} makes of a message. */
    public sealed interface Opened {}

    /** What {@link Envelope#verify} makes of it. */
    public sealed interface Authentication {}

    /**
     * The message is not accepted.
     *
     * @param id the request's id as the message claims it, for the answer alone; null when there is none to be read
     * @param refusal why
     */
    public record Refused(@Nullable String id, Refusal refusal) implements Opened, Authentication {}

    /**
     * The message was signed by this principal.
     *
     * @param principal who signed it
     * @param keyId the key it was signed with
     * @param payload what was signed: the bytes of a request, not yet looked at
     */
    public record Authenticated(Principal principal, String keyId, byte[] payload) implements Authentication {}

    /** Takes a message apart and looks its key up. Never throws for what is in the bytes. */
    public Opened open(byte[] message) {
        Refusal tooLarge = limits.messageProblem(message.length);
        if (tooLarge != null) {
            return new Refused(null, tooLarge);
        }
        int firstDot = indexOfDot(message, 0);
        int secondDot = indexOfDot(message, firstDot + 1);
        if (secondDot == message.length || indexOfDot(message, secondDot + 1) < message.length) {
            return notThreeParts(message);
        }
        KnownHeader last = lastHeader;
        if (last != null && last.isOf(message, firstDot)) {
            return new Envelope(message, firstDot, secondDot, last.key, true);
        }
        EncodedHeader encoded = new EncodedHeader(Arrays.copyOf(message, firstDot));
        Key key = keyByHeader.getIfPresent(encoded);
        if (key != null) {
            lastHeader = new KnownHeader(encoded.bytes, key);
            return new Envelope(message, firstDot, secondDot, key, true);
        }
        HeaderReader.Result result = readHeader(encoded.bytes);
        if (!(result instanceof HeaderReader.Header header)) {
            return new Refused(null, Refusal.malformed("header", ((HeaderReader.Malformed) result).message()));
        }
        Algorithm algorithm = Algorithm.ofCode(header.algorithm());
        Key named = keys.find(header.keyId());
        if (named == null || named.algorithm() != algorithm) {
            boolean isCostly = algorithm == Algorithm.ED25519 && hasEd25519;
            return new Envelope(message, firstDot, secondDot, isCostly ? DECOY_ED25519 : DECOY_HS256, false);
        }
        keyByHeader.put(encoded, named);
        return new Envelope(message, firstDot, secondDot, named, true);
    }

    /** A message whose key has been looked up and whose signature has not been checked yet. Thread-safe. */
    public final class Envelope implements Opened {
        private final byte[] message;
        private final int firstDot;
        private final int secondDot;
        private final Key key;
        /** False for a decoy, with which nothing is ever accepted. */
        private final boolean isKnown;

        private Envelope(byte[] message, int firstDot, int secondDot, Key key, boolean isKnown) {
            this.message = message;
            this.firstDot = firstDot;
            this.secondDot = secondDot;
            this.key = key;
            this.isKnown = isKnown;
        }

        /** Whether {@link #verify} takes long enough (a public-key signature) to be kept off an event loop. */
        public boolean isCostly() {
            return key.algorithm() == Algorithm.ED25519;
        }

        /** Checks the signature, then opens the payload. */
        public Authentication verify() {
            byte[] signature = Base64Url.decode(message, secondDot + 1, message.length);
            boolean isGood = signature != null && key.material().verify(message, secondDot, signature);
            if (!isGood || !isKnown) {
                return refused(Refusal.of(Reason.SIGNATURE_INVALID));
            }
            if (key.isRevoked()) {
                return refused(Refusal.of(Reason.KEY_REVOKED));
            }
            byte[] payload = Base64Url.decode(message, firstDot + 1, secondDot);
            if (payload == null) {
                return refused(Refusal.malformed("payload", "payload is not base64url without padding"));
            }
            return new Authenticated(key.principal(), key.id(), payload);
        }

        /** The request's id as the message claims it, proven by nobody: for the answer alone. Null when none can be read. */
        public @Nullable String claimedId() {
            return claims(message, firstDot, secondDot).id();
        }

        private Refused refused(Refusal refusal) {
            return new Refused(claimedId(), refusal);
        }
    }

    /** What a message says of itself, signed or not: proven by nobody, for its refusal alone. Never throws. */
    public static Claims claims(byte[] message) {
        if (message.length > 0 && message[0] == '{') {
            return Claims.read(message, 0, message.length);
        }
        int firstDot = indexOfDot(message, 0);
        return claims(message, firstDot, indexOfDot(message, firstDot + 1));
    }

    private static Claims claims(byte[] message, int firstDot, int secondDot) {
        int enough = Math.min(secondDot, firstDot + 1 + Claims.MAX_BYTES / 3 * 4);
        byte[] whole = Base64Url.decode(message, firstDot + 1, Math.max(firstDot + 1, enough));
        byte[] payload = whole != null ? whole : Base64Url.decodeUntilFault(message, firstDot + 1, enough);
        return Claims.read(payload, 0, payload.length);
    }

    private HeaderReader.Result readHeader(byte[] encoded) {
        // Each four characters are three bytes; too long is known before anything is decoded.
        if (encoded.length * 3L / 4 > limits.headerBytes()) {
            return new HeaderReader.Malformed("header is larger than " + limits.headerBytes() + " bytes");
        }
        byte[] header = Base64Url.decode(encoded, 0, encoded.length);
        if (header == null) {
            return new HeaderReader.Malformed("header is not base64url without padding");
        }
        return HeaderReader.read(header);
    }

    private static Refused notThreeParts(byte[] message) {
        if (message.length == 0) {
            return new Refused(null, Refusal.malformed(null, "the message is empty"));
        }
        if (message[0] == '{') {
            String id = Claims.read(message, 0, message.length).id();
            return new Refused(id, Refusal.malformed(null, "the message is not signed; it must be here"));
        }
        return new Refused(
                null,
                Refusal.malformed(
                        null, "a signed message has three parts with a dot between: header.payload.signature"));
    }

    private static int indexOfDot(byte[] message, int from) {
        int at = from;
        while (at < message.length && message[at] != '.') {
            at++;
        }
        return Math.min(at, message.length);
    }

    private record KnownHeader(byte[] bytes, Key key) {
        boolean isOf(byte[] message, int length) {
            return Arrays.equals(bytes, 0, bytes.length, message, 0, length);
        }
    }

    /** The first part of a message, as a key for the cache. In order, so that equal hashes cannot make it slow. */
    private static final class EncodedHeader implements Comparable<EncodedHeader> {
        private final byte[] bytes;
        private final int hash;

        EncodedHeader(byte[] bytes) {
            this.bytes = bytes;
            this.hash = Arrays.hashCode(bytes);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof EncodedHeader that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public int compareTo(EncodedHeader other) {
            return Arrays.compare(bytes, other.bytes);
        }
    }
}
