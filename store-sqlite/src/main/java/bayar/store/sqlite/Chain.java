package bayar.store.sqlite;

import bayar.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Currency;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The hash chain over the batches: the SHA-256 of the hash before (in hexadecimal, and a line feed), followed by a line
 * for the batch and for each row that the batch added, in the order principal, kind, account, payment.
 *
 * <p>A line is the table's name and the row's values in the order of the columns (a batch without its two blobs),
 * separated by tabs, ended by a line feed; null is empty. Names have no tabs and no line feeds, and JSON escapes them,
 * so different rows never make the same lines, and anyone can make the lines again with {@code sqlite3 -tabs}.
 */
final class Chain {
    /** What the first batch follows. */
    static final byte[] BEGINNING = new byte[32];

    private static final int MAX_LONG_DIGITS = 20;

    private final MessageDigest sha256;
    private byte[] lines = new byte[64 * 1024];
    private int length;

    Chain() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String hex(byte[] hash) {
        return HexFormat.of().formatHex(hash);
    }

    void begin(byte[] hashBefore) {
        length = 0;
        append(hex(hashBefore));
        endLine();
    }

    byte[] end() {
        sha256.update(lines, 0, length);
        return sha256.digest();
    }

    void batch(BatchRow batch) {
        append("batch");
        value(batch.number());
        value(batch.firstSequence());
        value(batch.payments());
        value(batch.lastPrincipal());
        value(batch.lastKind());
        value(batch.lastAccount());
        value(batch.timeMillis());
        endLine();
    }

    void principal(long number, String name) {
        append("principal");
        value(number);
        value(name);
        endLine();
    }

    void kind(long number, Kind kind) {
        Reason reason = kind.reason();
        Currency currency = kind.currency();
        append("kind");
        value(number);
        value(kind.type().code());
        value(reason.status().code());
        value(reason.code());
        value(kind.money().code());
        value(kind.method());
        value(currency == null ? "" : currency.getCurrencyCode());
        value(kind.isFinal() ? 1 : 0);
        value(kind.begins().code());
        endLine();
    }

    /** @param floor {@link Long#MIN_VALUE} for none */
    void account(long number, String name, String currency, long floor) {
        append("account");
        value(number);
        value(name);
        value(currency);
        if (floor == Long.MIN_VALUE) {
            value("");
        } else {
            value(floor);
        }
        endLine();
    }

    /**
     * @param debited 0 for null
     * @param credited 0 for null
     * @param amount 0 for null
     */
    void payment(
            long sequence,
            long timeMillis,
            long principal,
            byte[] id,
            long kind,
            long debited,
            long credited,
            long amount,
            @Nullable String detail) {
        append("payment");
        value(sequence);
        value(timeMillis);
        value(principal);
        tab();
        append(id);
        value(kind);
        valueOrNull(debited);
        valueOrNull(credited);
        valueOrNull(amount);
        tab();
        if (detail != null) {
            append(detail.getBytes(StandardCharsets.UTF_8));
        }
        endLine();
    }

    private void valueOrNull(long value) {
        if (value == 0) {
            tab();
        } else {
            value(value);
        }
    }

    private void value(String ascii) {
        tab();
        append(ascii);
    }

    private void value(long value) {
        reserve(1 + MAX_LONG_DIGITS);
        lines[length++] = '\t';
        if (value < 0) {
            append(Long.toString(value));
            return;
        }
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int at = length + digits - 1; at >= length; at--) {
            lines[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    private void tab() {
        reserve(1);
        lines[length++] = '\t';
    }

    private void endLine() {
        reserve(1);
        lines[length++] = '\n';
    }

    private void append(String ascii) {
        append(ascii.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void append(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, lines, length, bytes.length);
        length += bytes.length;
    }

    private void reserve(int more) {
        if (lines.length - length < more) {
            lines = Arrays.copyOf(lines, Math.max(length + more, lines.length * 2));
        }
    }
}
