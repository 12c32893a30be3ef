package bayar.auth;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/** A key for Ed25519: the public part, and the private one where this is the signer's copy. */
final class Ed25519Material implements KeyMaterial {
    static final int KEY_BYTES = Ed25519.PUBLIC_KEY_SIZE;

    private final Ed25519PublicKeyParameters publicKey;
    private final @Nullable Ed25519PrivateKeyParameters privateKey;

    private Ed25519Material(Ed25519PublicKeyParameters publicKey, @Nullable Ed25519PrivateKeyParameters privateKey) {
        this.publicKey = publicKey;
        this.privateKey = privateKey;
    }

    /** Whether these bytes are a point of the curve that signatures can be trusted with: canonical, of full order. */
    static boolean isPublicKey(byte[] publicKey) {
        return publicKey.length == KEY_BYTES && Ed25519.validatePublicKeyFull(publicKey, 0);
    }

    static Ed25519Material ofPublic(byte[] publicKey) {
        return new Ed25519Material(new Ed25519PublicKeyParameters(publicKey), null);
    }

    static Ed25519Material ofPrivate(byte[] seed) {
        Ed25519PrivateKeyParameters privateKey = new Ed25519PrivateKeyParameters(seed);
        return new Ed25519Material(privateKey.generatePublicKey(), privateKey);
    }

    byte[] publicKey() {
        return publicKey.getEncoded();
    }

    @Override
    public boolean verify(byte[] message, int length, byte[] signature) {
        return signature.length == Ed25519.SIGNATURE_SIZE
                && publicKey.verify(Ed25519.Algorithm.Ed25519, null, message, 0, length, signature, 0);
    }

    @Override
    public byte[] sign(byte[] message) {
        if (privateKey == null) {
            throw new IllegalStateException("only the public part of this key is here");
        }
        byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
        privateKey.sign(Ed25519.Algorithm.Ed25519, null, message, 0, message.length, signature, 0);
        return signature;
    }

    @Override
    public boolean canSign() {
        return privateKey != null;
    }
}
