package bayar.examples.card;

import bayar.BayarException;
import bayar.Money;
import bayar.Outcome;
import bayar.Reason;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What the acquirer says about a key, and what that means; only {@code error} when it refuses to say anything. */
record Answer(
        @Nullable String key,
        @Nullable String status,
        @Nullable String reason,
        @Nullable String reference,
        @Nullable Long amount,
        @Nullable String currency,
        @Nullable String error) {

    /** Takes fields that it does not know, as an acquirer may add some; but 12.5 is no amount of minor units. */
    static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    /** The acquirer's words for a no; one that is not here is told to the operator, and to the client as do_not_honor. */
    private static final Map<String, Reason> REASONS = Map.of(
            "do_not_honor", Reason.DO_NOT_HONOR,
            "insufficient_funds", Reason.INSUFFICIENT_FUNDS,
            "suspected_fraud", Reason.SUSPECTED_FRAUD,
            "amount_limit", Reason.LIMIT_PER_PAYMENT,
            "original_unknown", Reason.ORIGINAL_NOT_FOUND,
            "original_unfit", Reason.INVALID_TRANSITION,
            "exceeds_authorized", Reason.EXCEEDS_AUTHORIZED,
            "exceeds_captured", Reason.EXCEEDS_CAPTURED);

    /**
     * @throws JacksonException if it is none
     * @throws BayarException if it is null
     */
    static Answer of(byte[] json) {
        Answer answer = JSON.readValue(json, Answer.class);
        if (answer == null) {
            throw new BayarException("the acquirer says null");
        }
        return answer;
    }

    /** @throws BayarException if the currency or the reference is none */
    Outcome outcome() {
        Outcome outcome = switch (String.valueOf(status)) {
            case "approved" -> approved();
            case "declined" -> declined(String.valueOf(reason));
            case "reversed" -> Outcome.reversed();
            default -> Outcome.unknown("the acquirer says " + status);
        };
        return reference == null ? outcome : outcome.withReference(reference);
    }

    private Outcome approved() {
        if (amount == null || currency == null) {
            return Outcome.unknown("the acquirer approves, but tells no amount");
        }
        Money executed = Money.of(amount, currency);
        return "approved_partial".equals(reason) ? Outcome.approvedPartly(executed) : Outcome.approved(executed);
    }

    private static Outcome declined(String reason) {
        Reason known = REASONS.get(reason);
        return known == null
                ? Outcome.declined(Reason.DO_NOT_HONOR).withNote("the acquirer says " + reason)
                : Outcome.declined(known);
    }
}
