package bayar.engine;

import bayar.Attempt;
import bayar.ledger.PaymentRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The keys of attempts: the payment's sequence, by which it is found again, a hyphen, and 20 hexadecimal digits of the
 * SHA-256 of principal, id and number of the attempt, so that another ledger hardly makes the same ones.
 */
final class AttemptKeys {
    private static final int HASH_BYTES = 10;

    private AttemptKeys() {}

    /** The one attempt at this payment. */
    static Attempt attempt(PaymentRecord payment) {
        int number = 1;
        String identity = payment.principal() + '\n' + payment.request().id() + '\n' + number;
        byte[] hash = sha256().digest(identity.getBytes(StandardCharsets.UTF_8));
        return new Attempt(payment.sequence() + "-" + HexFormat.of().formatHex(hash, 0, HASH_BYTES), number);
    }

    /** The sequence of the payment that the key is of, if it is one of ours; 0 when it is certainly not. */
    static long sequence(String key) {
        int hyphen = key.indexOf('-');
        try {
            return hyphen < 1 ? 0 : Long.parseLong(key, 0, hyphen, 10);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
