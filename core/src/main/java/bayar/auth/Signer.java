package bayar.auth;

import bayar.AccountId;
import bayar.BayarException;
import java.nio.charset.StandardCharsets;

/** Signs messages with one key, as JWS in compact form (RFC 7515). Thread-safe. */
public final class Signer {
    private final KeyMaterial material;
    /** The header and the dot behind it, as they stand at the beginning of each message. */
    private final byte[] start;

    private Signer(Key key) {
        material = key.material();
        String header = "{\"alg\":\"" + key.algorithm().code() + "\",\"kid\":\"" + key.id() + "\"}";
        byte[] encoded = Base64Url.encode(header.getBytes(StandardCharsets.US_ASCII));
        start = new byte[encoded.length + 1];
        System.arraycopy(encoded, 0, start, 0, encoded.length);
        start[encoded.length] = '.';
    }

    /**
     * A signer with the key of this {@code kid}.
     *
     * @throws BayarException if there is no such key, or only its public part
     */
    public static Signer of(KeySet keys, String kid) {
        Key key = keys.find(kid);
        if (key == null) {
            String shown = AccountId.isValid(kid) ? '"' + kid + '"' : "like that";
            throw new BayarException("there is no key " + shown + "; there is " + keys);
        }
        if (!key.canSign()) {
            throw new BayarException(
                    key + " has no private part \"d\" here, so it cannot sign; use the signer's own copy");
        }
        return new Signer(key);
    }

    /** The signed message around this payload. */
    public byte[] sign(byte[] payload) {
        byte[] body = Base64Url.encode(payload);
        byte[] signed = new byte[start.length + body.length];
        System.arraycopy(start, 0, signed, 0, start.length);
        System.arraycopy(body, 0, signed, start.length, body.length);
        byte[] signature = Base64Url.encode(material.sign(signed));
        byte[] message = new byte[signed.length + 1 + signature.length];
        System.arraycopy(signed, 0, message, 0, signed.length);
        message[signed.length] = '.';
        System.arraycopy(signature, 0, message, signed.length + 1, signature.length);
        return message;
    }
}
