package bayar.codec;

import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Requests of every type, with whatever they may hold. */
final class RandomRequests {
    private static final String NAME_CHARS = "ABCXYZabcxyz0189._:-";
    private static final List<String> CURRENCIES = List.of("MYR", "EUR", "USD", "JPY", "BHD", "XAU");
    private static final int[] TEXT_CHARS = {
        'a', ' ', '"', '\\', '/', '{', ',', 'é', 'ж', '中', '٣', 0x2028, 0xfffd, 0x1f600
    };

    private final RandomGenerator random;

    RandomRequests(RandomGenerator random) {
        this.random = random;
    }

    PaymentRequest next() {
        Operation type = Operation.values()[random.nextInt(Operation.REVERSAL.ordinal())];
        PaymentRequest.Builder request = PaymentRequest.builder(name(), type);
        if (type.namesAccounts()) {
            request.payer("a" + name().substring(1)).payee("b" + name().substring(1));
        }
        if (type.carriesAmount()) {
            long minor = random.nextInt(4) == 0
                    ? PaymentRequest.MAX_AMOUNT_MINOR
                    : 1 + random.nextLong(1L << random.nextInt(1, 39));
            request.amount(Money.of(minor, CURRENCIES.get(random.nextInt(CURRENCIES.size()))));
        }
        if (type.namesPayment()) {
            request.payment(name());
        }
        request.isFinal(type == Operation.CAPTURE && random.nextBoolean());
        if (type.isForProcessors() && random.nextInt(3) == 0) {
            request.method(name());
        }
        if (random.nextBoolean()) {
            request.metadata(metadata());
        }
        return request.build();
    }

    private Map<String, String> metadata() {
        Map<String, String> metadata = new HashMap<>();
        int entries = random.nextInt(17);
        for (int i = 0; i < entries; i++) {
            metadata.put(text(1 + random.nextInt(64)), text(random.nextInt(257)));
        }
        return metadata;
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        int length = 1 + random.nextInt(64);
        for (int i = 0; i < length; i++) {
            name.append(NAME_CHARS.charAt(random.nextInt(NAME_CHARS.length())));
        }
        return name.toString();
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(TEXT_CHARS[random.nextInt(TEXT_CHARS.length)]);
        }
        return text.toString();
    }
}
