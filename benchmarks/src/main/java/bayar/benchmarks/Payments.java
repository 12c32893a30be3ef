package bayar.benchmarks;

import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.auth.Signer;
import bayar.codec.RequestWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * The payments to send: numbered, and as many as possible signed before the clock runs, so that the generator's share of
 * the processor goes into sending alone. Beyond those, each is signed when it is sent.
 *
 * <p>A payment's id is as long as a UUID and ends with the payment's number, so that a reply leads to its request without
 * a search, and so that an echo of the signed message does too. One thread takes numbers and writes; another may read
 * replies.
 */
final class Payments {
    /** How the accounts of the payments are chosen. */
    enum Spread {
        /** All accounts as likely. */
        UNIFORM,
        /** The n-th account 1/n as likely as the first, as with shops of which few are large. */
        ZIPF,
        /** All pay one account, and all others pay alike. */
        HOT
    }

    /**
     * What the payments are like.
     *
     * @param from who pays; a * stands for a number from 0 to {@code accounts} - 1
     * @param to who is paid, in the same way
     * @param accounts how many accounts a * stands for, 2 or more
     * @param payloadBytes how many bytes of metadata each carries
     */
    record Mix(String from, String to, int accounts, Spread spread, String currency, int payloadBytes) {
        static final Mix USUAL = uniform(10_000);

        static Mix uniform(int accounts) {
            return new Mix("a-*", "a-*", accounts, Spread.UNIFORM, "MYR", 0);
        }

        Mix spread(Spread other) {
            return new Mix(from, to, accounts, other, currency, payloadBytes);
        }

        Mix payloadBytes(int bytes) {
            return new Mix(from, to, accounts, spread, currency, bytes);
        }
    }

    private static final int CHUNK = 1 << 14;
    private static final int VALID_SECONDS = 290;
    /** Older messages are signed anew: an engine takes them for 300 seconds. */
    private static final int FRESH_SECONDS = 240;

    private static final int ID_BYTES = 36;
    private static final int DIGITS = 12;
    private static final int ENTRY_BYTES = 250;
    private static final double ZIPF_EXPONENT = 0.99;
    private static final byte[] FROM_BASE64 = new byte[256];

    static {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int i = 0; i < alphabet.length(); i++) {
            FROM_BASE64[alphabet.charAt(i)] = (byte) i;
        }
    }

    private final Signer signer;
    private final Mix mix;
    private final Map<String, String> metadata;
    private final RequestWriter writer = new RequestWriter();
    private final SplittableRandom random = new SplittableRandom(42);
    private final double[] cumulative;
    private final String idPrefix;
    /** How a receipt begins, up to the number. */
    private final byte[] receiptStart;
    /** How a signed message begins, up to the first character that the number has a part in. */
    private final byte[] messageStart;

    private final Money amount;
    private final int headerChars;

    private byte[][] chunks = new byte[0][];
    private int[][] ends = new int[0][];
    private long base;
    private int prepared;
    private long preparedAtSeconds;
    private long taken;
    private long beyond;
    private boolean isEndless;
    private long signedLate;

    Payments(Signer signer, Mix mix) {
        this.signer = signer;
        this.mix = mix;
        this.amount = Money.of(1, mix.currency);
        this.metadata = metadata(mix.payloadBytes);
        this.cumulative = mix.spread == Spread.ZIPF ? zipf(mix.accounts) : new double[0];
        this.idPrefix = UUID.randomUUID().toString().substring(0, ID_BYTES - DIGITS);
        this.receiptStart = ("{\"id\":\"" + idPrefix).getBytes(StandardCharsets.US_ASCII);
        byte[] sample = sign(0);
        this.headerChars = indexOfDot(sample) + 1;
        this.messageStart = Arrays.copyOf(sample, headerChars + receiptStart.length / 3 * 4);
    }

    private static int indexOfDot(byte[] message) {
        int at = 0;
        while (message[at] != '.') {
            at++;
        }
        return at;
    }

    private static Map<String, String> metadata(int bytes) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (int left = bytes; left > 0; left -= ENTRY_BYTES) {
            entries.put("note-" + entries.size(), "x".repeat(Math.min(left, ENTRY_BYTES)));
        }
        return entries;
    }

    private static double[] zipf(int accounts) {
        double[] cumulative = new double[accounts];
        double total = 0;
        for (int i = 0; i < accounts; i++) {
            total += 1 / Math.pow(i + 1, ZIPF_EXPONENT);
            cumulative[i] = total;
        }
        return cumulative;
    }

    /**
     * Forgets the payments before, and signs {@code count} new ones.
     *
     * @param count 1 or more; they must fit into memory
     */
    void prepare(int count) {
        base += Math.max(beyond, Math.max(taken, prepared));
        taken = 0;
        beyond = 0;
        prepared = 0;
        preparedAtSeconds = nowSeconds();
        int chunkCount = (count + CHUNK - 1) / CHUNK;
        chunks = new byte[chunkCount][];
        ends = new int[chunkCount][];
        for (int c = 0; c < chunkCount; c++) {
            int size = Math.min(CHUNK, count - c * CHUNK);
            int[] end = new int[size];
            byte[] bytes = new byte[0];
            for (int i = 0; i < size; i++) {
                byte[] message = sign(base + (long) c * CHUNK + i);
                int begin = i == 0 ? 0 : end[i - 1];
                if (begin + message.length > bytes.length) {
                    // A few digits more than the first: seldom more than one copy.
                    bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 9 / 8, size * (message.length + 8)));
                }
                System.arraycopy(message, 0, bytes, begin, message.length);
                end[i] = begin + message.length;
            }
            chunks[c] = bytes;
            ends[c] = end;
        }
        prepared = count;
    }

    /**
     * Begins again with the first that was prepared: for another server, or for one that remembers nothing.
     *
     * @param endless whether to begin again, too, when all prepared ones are taken
     */
    void rewind(boolean endless) {
        beyond = Math.max(beyond, taken);
        taken = 0;
        isEndless = endless;
    }

    /** Whether so many are prepared, and lately enough to be taken by an engine for a while. */
    boolean isFresh(int count) {
        return prepared >= count && nowSeconds() - preparedAtSeconds < FRESH_SECONDS / 2;
    }

    /** Takes the next payment. */
    long next() {
        if (isEndless && taken == prepared) {
            taken = 0;
        }
        return base + taken++;
    }

    /** How many had to be signed while they were sent. */
    long signedLate() {
        return signedLate;
    }

    /** How many bytes {@link #write} may need at most. */
    int roomBytes() {
        return messageStart.length + 512 + mix.payloadBytes * 4 / 3 + metadata.size() * 32 + Wire.MAX_OVERHEAD;
    }

    void write(long number, Wire wire, ByteBuffer out, long nowSeconds) {
        long index = number - base;
        if (index < prepared && (isEndless || nowSeconds - preparedAtSeconds < FRESH_SECONDS)) {
            int chunk = (int) (index / CHUNK);
            int at = (int) (index % CHUNK);
            int begin = at == 0 ? 0 : ends[chunk][at - 1];
            wire.frame(chunks[chunk], begin, ends[chunk][at] - begin, out);
        } else {
            signedLate++;
            byte[] message = sign(number);
            wire.frame(message, 0, message.length, out);
        }
    }

    /** Whether these bytes are the whole message of this prepared payment. */
    boolean isMessage(long number, byte[] bytes, int begin, int end) {
        long index = number - base;
        if (index < 0 || index >= prepared) {
            return false;
        }
        int chunk = (int) (index / CHUNK);
        int at = (int) (index % CHUNK);
        int from = at == 0 ? 0 : ends[chunk][at - 1];
        return Arrays.equals(chunks[chunk], from, ends[chunk][at], bytes, begin, end);
    }

    /** The number of the payment whose receipt this is; -1 when it is none of these payments. */
    long numberInReceipt(byte[] bytes, int begin, int end) {
        int digits = begin + receiptStart.length;
        if (digits + DIGITS >= end
                || bytes[digits + DIGITS] != '"'
                || !Arrays.equals(receiptStart, 0, receiptStart.length, bytes, begin, digits)) {
            return -1;
        }
        long number = 0;
        for (int i = digits; i < digits + DIGITS; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }

    /** The number of the payment whose signed message this is; -1 when it is none of these. */
    long numberInMessage(byte[] bytes, int begin, int end) {
        int at = begin + messageStart.length;
        // The number may begin in the middle of a group of three bytes, which are four characters.
        int skipped = receiptStart.length % 3;
        if (at + (skipped + DIGITS + 2) / 3 * 4 > end
                || !Arrays.equals(messageStart, 0, messageStart.length, bytes, begin, at)) {
            return -1;
        }
        long number = 0;
        for (int read = -skipped; read < DIGITS; at += 4) {
            int group = FROM_BASE64[bytes[at] & 0xff] << 18
                    | FROM_BASE64[bytes[at + 1] & 0xff] << 12
                    | FROM_BASE64[bytes[at + 2] & 0xff] << 6
                    | FROM_BASE64[bytes[at + 3] & 0xff];
            for (int shift = 16; shift >= 0; shift -= 8, read++) {
                if (read >= 0 && read < DIGITS) {
                    number = number * 10 + (group >>> shift & 0xff) - '0';
                }
            }
        }
        return number;
    }

    /** Where in a receipt of these payments what follows the id begins. */
    int idEnd() {
        return receiptStart.length + DIGITS;
    }

    static long nowSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    private byte[] sign(long number) {
        String digits = Long.toString(number);
        String id = idPrefix + "0".repeat(DIGITS - digits.length()) + digits;
        int payee = mix.spread == Spread.HOT ? 0 : account();
        int payer = account();
        while (payer == payee) {
            payer = random.nextInt(mix.accounts);
        }
        PaymentRequest request = PaymentRequest.builder(id, Operation.SALE)
                .payer(numbered(mix.from, payer))
                .payee(numbered(mix.to, payee))
                .amount(amount)
                .metadata(metadata)
                .build();
        long now = nowSeconds();
        return signer.sign(writer.write(request, now, now + VALID_SECONDS));
    }

    private int account() {
        if (mix.spread != Spread.ZIPF) {
            return random.nextInt(mix.accounts);
        }
        int found = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[mix.accounts - 1]);
        return found < 0 ? Math.min(-found - 1, mix.accounts - 1) : found;
    }

    private static String numbered(String account, int number) {
        int star = account.indexOf('*');
        return star < 0 ? account : account.substring(0, star) + number + account.substring(star + 1);
    }
}
