package bayar.codec;

import bayar.Money;
import bayar.PaymentSummary;
import bayar.PaymentSums;
import bayar.Receipt;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Writes a receipt as the JSON of a reply, in UTF-8. What the receipt does not have is left out. Thread-safe. */
public final class ReceiptWriter {
    private static final int USUAL_BYTES = 384;
    private static final int NANOS_PER_MILLI = 1_000_000;
    private static final byte[] ID = JsonBytes.quoted("id");
    private static final byte[] STATUS = JsonBytes.quoted("status");
    private static final byte[] REASON = JsonBytes.quoted("reason");
    private static final byte[] MONEY = JsonBytes.quoted("money");
    private static final byte[] RETRY = JsonBytes.quoted("retry");
    private static final byte[] REPLAYED = JsonBytes.quoted("replayed");
    private static final byte[] SEQUENCE = JsonBytes.quoted("sequence");
    private static final byte[] AMOUNT = JsonBytes.quoted("amount");
    private static final byte[] CURRENCY = JsonBytes.quoted("currency");
    private static final byte[] TIME = JsonBytes.quoted("time");
    private static final byte[] FIELD = JsonBytes.quoted("field");
    private static final byte[] MESSAGE = JsonBytes.quoted("message");
    private static final byte[] RETRY_AFTER = JsonBytes.quoted("retryAfterMillis");
    private static final byte[] PAYMENT = JsonBytes.quoted("payment");
    private static final byte[] TYPE = JsonBytes.quoted("type");
    private static final byte[] AUTHORIZED = JsonBytes.quoted("authorized");
    private static final byte[] CAPTURED = JsonBytes.quoted("captured");
    private static final byte[] RELEASED = JsonBytes.quoted("released");
    private static final byte[] REFUNDED = JsonBytes.quoted("refunded");
    private static final byte[] CAPTURING = JsonBytes.quoted("capturing");
    private static final byte[] REFUNDING = JsonBytes.quoted("refunding");

    /** More room than this is not kept: no receipt of a payment needs it. */
    private static final int MOST_KEPT_BYTES = 4 * 1024;

    /** Taken by who writes, and put back: one less array to fill with zeros and throw away for each reply. */
    private final AtomicReference<@Nullable JsonBytes> spare = new AtomicReference<>();

    private volatile Second lastSecond = Second.of(Instant.EPOCH);

    /** A writer of replies. */
    public ReceiptWriter() {}

    /** The receipt's JSON. */
    public byte[] write(Receipt receipt) {
        JsonBytes taken = spare.getAndSet(null);
        JsonBytes json = taken != null ? taken.clear() : new JsonBytes(USUAL_BYTES);
        write(receipt, json.open());
        byte[] bytes = json.close().toBytes();
        if (json.capacity() <= MOST_KEPT_BYTES) {
            spare.set(json);
        }
        return bytes;
    }

    private void write(Receipt receipt, JsonBytes json) {
        String id = receipt.id();
        json.name(ID);
        if (id != null) {
            json.string(id);
        } else {
            json.nothing();
        }
        json.name(STATUS).string(receipt.status().code());
        json.name(REASON).string(receipt.reason().code());
        json.name(MONEY).string(receipt.money().code());
        json.name(RETRY).string(receipt.retry().code());
        json.name(REPLAYED).bool(receipt.replayed());
        if (receipt.sequence() > 0) {
            json.name(SEQUENCE).integer(receipt.sequence());
        }
        Money amount = receipt.amount();
        if (amount != null) {
            json.name(AMOUNT).integer(amount.minor());
            json.name(CURRENCY).string(amount.currency().getCurrencyCode());
        }
        Instant time = receipt.time();
        if (time != null) {
            time(json.name(TIME), time);
        }
        String field = receipt.field();
        if (field != null) {
            json.name(FIELD).string(field);
        }
        String message = receipt.message();
        if (message != null) {
            json.name(MESSAGE).string(message);
        }
        if (receipt.retryAfterMillis() > 0) {
            json.name(RETRY_AFTER).integer(receipt.retryAfterMillis());
        }
        PaymentSummary original = receipt.original();
        if (original != null) {
            json.name(PAYMENT).string(original.id());
            json.name(TYPE).string(original.type().code());
            sums(json, original.sums());
        }
    }

    private static void sums(JsonBytes json, PaymentSums sums) {
        json.name(AUTHORIZED).integer(sums.authorized());
        json.name(CAPTURED).integer(sums.captured());
        json.name(RELEASED).integer(sums.released());
        json.name(REFUNDED).integer(sums.refunded());
        if (sums.capturing() > 0) {
            json.name(CAPTURING).integer(sums.capturing());
        }
        if (sums.refunding() > 0) {
            json.name(REFUNDING).integer(sums.refunding());
        }
    }

    /** ISO 8601 in UTC with exactly three decimals, such as {@code 2026-11-23T09:00:00.123Z}. */
    private void time(JsonBytes json, Instant time) {
        Second second = lastSecond;
        if (second.epochSecond != time.getEpochSecond()) {
            second = Second.of(time);
            lastSecond = second;
        }
        json.raw('"').raw(second.text).padded(time.getNano() / NANOS_PER_MILLI, 3);
        json.raw('Z').raw('"');
    }

    /** A second of time as text, up to the point before its decimals: many receipts are of the same one. */
    private record Second(long epochSecond, byte[] text) {
        static Second of(Instant time) {
            OffsetDateTime at = time.atOffset(ZoneOffset.UTC);
            JsonBytes text = new JsonBytes(24);
            text.padded(at.getYear(), 4);
            text.raw('-').padded(at.getMonthValue(), 2);
            text.raw('-').padded(at.getDayOfMonth(), 2);
            text.raw('T').padded(at.getHour(), 2);
            text.raw(':').padded(at.getMinute(), 2);
            text.raw(':').padded(at.getSecond(), 2).raw('.');
            return new Second(time.getEpochSecond(), text.toBytes());
        }
    }
}
