package bayar.testkit;

import bayar.BayarException;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Outcome;
import bayar.Reason;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Notifications of lines {@code name value}, signed with HMAC-SHA256 over the body. Thread-safe. */
final class SignedNotices {
    private static final String SIGNATURE = "Scripted-Signature";
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec secret;

    SignedNotices(String secret) {
        this.secret = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    Notification write(Notice notice) {
        Outcome outcome = notice.outcome();
        StringBuilder lines = new StringBuilder();
        line(lines, "key", notice.key());
        line(lines, "kind", outcome.kind().name());
        line(lines, "reason", outcome.reason().code());
        Money amount = outcome.amount();
        if (amount != null) {
            line(lines, "amount", String.valueOf(amount.minor()));
            line(lines, "currency", amount.currency().getCurrencyCode());
        }
        line(lines, "reference", outcome.reference());
        line(lines, "note", outcome.note());
        byte[] body = lines.toString().getBytes(StandardCharsets.UTF_8);
        return new Notification(Map.of(SIGNATURE, HexFormat.of().formatHex(signature(body))), body);
    }

    private static void line(StringBuilder lines, String name, @Nullable String value) {
        if (value != null) {
            lines.append(name).append(' ').append(value).append('\n');
        }
    }

    Notice read(Notification notification) {
        String signature = notification.header(SIGNATURE);
        String expected = HexFormat.of().formatHex(signature(notification.body()));
        if (signature == null
                || !MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), signature.getBytes(StandardCharsets.UTF_8))) {
            throw new NotificationException("the signature is not that of this processor's outside world");
        }
        Map<String, String> values = new HashMap<>();
        new String(notification.body(), StandardCharsets.UTF_8).lines().forEach(line -> {
            int space = line.indexOf(' ');
            values.put(line.substring(0, Math.max(0, space)), line.substring(space + 1));
        });
        Reason reason = Reason.ofCode(value(values, "reason"));
        if (reason == null) {
            throw new NotificationException("there is no reason " + value(values, "reason"));
        }
        Money amount = values.containsKey("amount")
                ? Money.of(Long.parseLong(value(values, "amount")), value(values, "currency"))
                : null;
        Outcome outcome = new Outcome(
                Outcome.Kind.valueOf(value(values, "kind")),
                reason,
                amount,
                values.get("reference"),
                values.get("note"));
        return new Notice(value(values, "key"), outcome);
    }

    private static String value(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new NotificationException(name + " is missing");
        }
        return value;
    }

    private byte[] signature(byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new BayarException("this JDK has no " + ALGORITHM, e);
        }
    }
}
