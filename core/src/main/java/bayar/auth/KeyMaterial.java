package bayar.auth;

/** The secret or public part of a key, ready to be used with its one algorithm. Thread-safe. */
interface KeyMaterial {
    /** Whether this is the signature of the first {@code length} bytes of {@code message}. Any signature may be given. */
    boolean verify(byte[] message, int length, byte[] signature);

    /** The signature of these bytes; only when it {@link #canSign}. */
    byte[] sign(byte[] message);

    /** Whether the part that signs is here. */
    boolean canSign();
}
