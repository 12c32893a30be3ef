package bayar.codec;

import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentSummary;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Receipt;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a reply, for clients. Fields that it does not know are passed over, so that a newer engine can be talked to.
 * Thread-safe.
 */
public final class ReceiptReader {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A reader of replies. */
    public ReceiptReader() {}

    /**
     * The receipt in these bytes of UTF-8.
     *
     * @throws BayarException if they do not hold one
     */
    public Receipt read(byte[] bytes) {
        JsonNode reply;
        try {
            reply = JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw new BayarException("the reply is not JSON; is the other end an engine?", e);
        }
        if (!reply.isObject()) {
            throw new BayarException("the reply is JSON, but not an object; is the other end an engine?");
        }
        return receipt(reply);
    }

    private static Receipt receipt(JsonNode reply) {
        String reasonCode = required(reply, "reason");
        Reason reason = Reason.ofCode(reasonCode);
        if (reason == null) {
            throw unreadable("reason", reasonCode);
        }
        return new Receipt(
                text(reply, "id"),
                reason,
                money(required(reply, "money")),
                bool(reply, "replayed"),
                integer(reply, "sequence"),
                amount(reply),
                time(reply),
                text(reply, "message"),
                text(reply, "field"),
                integer(reply, "retryAfterMillis"),
                original(reply));
    }

    private static MoneyEffect money(String code) {
        for (MoneyEffect effect : MoneyEffect.values()) {
            if (effect.code().equals(code)) {
                return effect;
            }
        }
        throw unreadable("money", code);
    }

    private static @Nullable Money amount(JsonNode reply) {
        String currency = text(reply, "currency");
        return currency == null ? null : Money.of(integer(reply, "amount"), currency);
    }

    private static @Nullable Instant time(JsonNode reply) {
        String time = text(reply, "time");
        try {
            return time == null ? null : Instant.parse(time);
        } catch (DateTimeException e) {
            throw new BayarException("the reply's time \"" + time + "\" is not ISO 8601 in UTC", e);
        }
    }

    private static @Nullable PaymentSummary original(JsonNode reply) {
        String payment = text(reply, "payment");
        if (payment == null) {
            return null;
        }
        String typeCode = required(reply, "type");
        Operation type = Operation.ofCode(typeCode);
        if (type == null) {
            throw unreadable("type", typeCode);
        }
        return new PaymentSummary(
                payment,
                type,
                new PaymentSums(
                        integer(reply, "authorized"),
                        integer(reply, "captured"),
                        integer(reply, "released"),
                        integer(reply, "refunded"),
                        integer(reply, "capturing"),
                        integer(reply, "refunding")));
    }

    private static String required(JsonNode reply, String field) {
        String text = text(reply, field);
        if (text == null) {
            throw new BayarException("the reply has no " + field + "; is the other end an engine?");
        }
        return text;
    }

    private static @Nullable String text(JsonNode reply, String field) {
        JsonNode value = reply.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw unreadable(field, value.toString());
        }
        return value.stringValue();
    }

    private static long integer(JsonNode reply, String field) {
        JsonNode value = reply.get(field);
        if (value == null) {
            return 0;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw unreadable(field, value.toString());
        }
        return value.longValue();
    }

    private static boolean bool(JsonNode reply, String field) {
        JsonNode value = reply.get(field);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw unreadable(field, value.toString());
        }
        return value.booleanValue();
    }

    private static BayarException unreadable(String field, String value) {
        return new BayarException(
                "the reply's " + field + " cannot be read: " + value + "; is the engine newer than this client?");
    }
}
