package bayar.auth;

import org.jspecify.annotations.Nullable;

/** How a message is signed. A key belongs to one algorithm, and is never used with another. */
public enum Algorithm {
    /** HMAC with SHA-256 and a shared secret (RFC 7518, section 3.2). */
    HS256("HS256", "oct"),
    /** Ed25519 signatures (RFC 8037), known as {@code EdDSA} too. */
    ED25519("Ed25519", "OKP");

    private final String code;
    private final String keyType;

    Algorithm(String code, String keyType) {
        this.code = code;
        this.keyType = keyType;
    }

    /** The word for it in {@code alg}. */
    public String code() {
        return code;
    }

    /** The {@code kty} of its keys. */
    String keyType() {
        return keyType;
    }

    /** The algorithm with this {@code alg}, {@code EdDSA} included, or null when there is none. */
    public static @Nullable Algorithm ofCode(String code) {
        switch (code) {
            case "HS256":
                return HS256;
            case "Ed25519":
            case "EdDSA":
                return ED25519;
            default:
                return null;
        }
    }
}
