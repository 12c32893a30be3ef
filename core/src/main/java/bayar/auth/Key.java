package bayar.auth;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Principal;

/** A key that signs messages, with the principal it speaks for. Never shows its secret. Immutable. */
public final class Key {
    private final String id;
    private final Principal principal;
    private final Algorithm algorithm;
    private final KeyMaterial material;
    private final boolean revoked;

    private Key(String id, Principal principal, Algorithm algorithm, KeyMaterial material, boolean revoked) {
        if (!AccountId.isValid(id)) {
            throw new BayarException("a kid must be 1 to 64 characters of A-Z a-z 0-9 . _ : -");
        }
        this.id = id;
        this.principal = principal;
        this.algorithm = algorithm;
        this.material = material;
        this.revoked = revoked;
    }

    /**
     * A key for {@link Algorithm#HS256}.
     *
     * @throws BayarException if the secret is shorter than 32 bytes
     */
    public static Key hs256(String id, Principal principal, byte[] secret) {
        if (secret.length < HmacMaterial.MIN_SECRET_BYTES) {
            throw new BayarException("the secret has " + secret.length + " bytes, but HS256 needs "
                    + HmacMaterial.MIN_SECRET_BYTES + " or more; make a new one from a secure random source");
        }
        return new Key(id, principal, Algorithm.HS256, new HmacMaterial(secret), false);
    }

    /**
     * A key for {@link Algorithm#ED25519} that verifies and cannot sign.
     *
     * @param publicKey 32 bytes
     * @throws BayarException if they are not a public key
     */
    public static Key ed25519(String id, Principal principal, byte[] publicKey) {
        if (!Ed25519Material.isPublicKey(publicKey)) {
            throw new BayarException("the public key \"x\" is not one of Ed25519; it has " + publicKey.length
                    + " bytes, and must be 32 that are a point of the curve");
        }
        return new Key(id, principal, Algorithm.ED25519, Ed25519Material.ofPublic(publicKey), false);
    }

    /**
     * A key for {@link Algorithm#ED25519} that signs and verifies.
     *
     * @param seed the private key: 32 bytes
     * @throws BayarException if it has another length
     */
    public static Key ed25519Private(String id, Principal principal, byte[] seed) {
        if (seed.length != Ed25519Material.KEY_BYTES) {
            throw new BayarException("the private key \"d\" has " + seed.length + " bytes, but Ed25519 has 32");
        }
        return new Key(id, principal, Algorithm.ED25519, Ed25519Material.ofPrivate(seed), false);
    }

    /** This key, no longer accepted. */
    public Key asRevoked() {
        return new Key(id, principal, algorithm, material, true);
    }

    /** Its name, the {@code kid} of messages. */
    public String id() {
        return id;
    }

    /** Who signs with it, and what they may debit with it. */
    public Principal principal() {
        return principal;
    }

    /** The one algorithm that it is for. */
    public Algorithm algorithm() {
        return algorithm;
    }

    /** Whether it is known, but not accepted any more. */
    public boolean isRevoked() {
        return revoked;
    }

    /** Whether the part that signs is here; a public key alone only verifies. */
    public boolean canSign() {
        return material.canSign();
    }

    KeyMaterial material() {
        return material;
    }

    @Override
    public String toString() {
        return "key " + id + " of " + principal.name() + " (" + algorithm.code() + (revoked ? ", revoked)" : ")");
    }
}
