package bayar;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a principal asks for. Holds the business fields alone, so that two requests are the same request exactly when
 * they are {@linkplain #equals equal}; when it was signed, by which key and until when it holds belongs to the message.
 *
 * <p>Made with a {@linkplain #builder builder} or one of the short forms, such as {@link #transfer}.
 *
 * @param id the idempotency key, chosen and kept by the client: 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}
 * @param type what is asked for
 * @param payer the account to debit, where the type names accounts, else null
 * @param payee the account to credit, where the type names accounts, else null
 * @param amount 1 to {@value #MAX_AMOUNT_MINOR} minor units, where the type carries an amount, else null
 * @param payment the id of the earlier payment, where the type acts on one, else null
 * @param isFinal for a capture: whether nothing more will be captured
 * @param method the processor's name; {@value #LEDGER} for what stays inside the ledger, as every transfer and inquiry
 *     does, and for what acts on an earlier payment and is to go its way
 * @param metadata the client's own notes, kept with the payment; empty when there are none
 */
public record PaymentRequest(
        String id,
        Operation type,
        @Nullable AccountId payer,
        @Nullable AccountId payee,
        @Nullable Money amount,
        @Nullable String payment,
        boolean isFinal,
        String method,
        Map<String, String> metadata) {

    /** The method of a payment that stays inside the ledger; what {@code method} is when it is not given. */
    public static final String LEDGER = "ledger";

    /** The largest amount of one request, in minor units: twelve digits, as in ISO 8583. */
    public static final long MAX_AMOUNT_MINOR = 999_999_999_999L;

    private static final String NAME_RULE = "1 to " + Names.MAX_LENGTH + " characters of A-Z a-z 0-9 . _ : -";

    /**
     * For stores, which may hold opening balances above {@value #MAX_AMOUNT_MINOR}; everyone else uses a builder.
     *
     * @throws BayarException if the fields do not make a request; see {@link Builder#problem()}
     */
    public PaymentRequest {
        metadata = Map.copyOf(metadata);
        Refusal problem = problem(id, type, payer, payee, amount, Long.MAX_VALUE, payment, isFinal, method);
        if (problem != null) {
            throw new BayarException(problem.message());
        }
    }

    /** A transfer of {@code amount} from {@code payer} to {@code payee}. */
    public static PaymentRequest transfer(String id, String payer, String payee, Money amount) {
        return builder(id, Operation.TRANSFER)
                .payer(payer)
                .payee(payee)
                .amount(amount)
                .build();
    }

    /** A sale: {@code payer} pays {@code amount} to {@code payee}, who may refund it later. */
    public static PaymentRequest sale(String id, String payer, String payee, Money amount) {
        return builder(id, Operation.SALE)
                .payer(payer)
                .payee(payee)
                .amount(amount)
                .build();
    }

    /** An authorization: {@code amount} is held on {@code payer}, to be captured for {@code payee}. */
    public static PaymentRequest authorize(String id, String payer, String payee, Money amount) {
        return builder(id, Operation.AUTHORIZE)
                .payer(payer)
                .payee(payee)
                .amount(amount)
                .build();
    }

    /** A capture of {@code amount} of the earlier authorization {@code payment}, after which more may follow. */
    public static PaymentRequest capture(String id, String payment, Money amount) {
        return builder(id, Operation.CAPTURE).payment(payment).amount(amount).build();
    }

    /** A release of all that is still held for the earlier authorization {@code payment}. */
    public static PaymentRequest voidOf(String id, String payment) {
        return builder(id, Operation.VOID).payment(payment).build();
    }

    /** A refund of {@code amount} of the earlier {@code payment}. */
    public static PaymentRequest refund(String id, String payment, Money amount) {
        return builder(id, Operation.REFUND).payment(payment).amount(amount).build();
    }

    /** A question how the earlier {@code payment} ended. */
    public static PaymentRequest inquiry(String id, String payment) {
        return builder(id, Operation.INQUIRY).payment(payment).build();
    }

    /** A builder of a request of this type. */
    public static Builder builder(String id, Operation type) {
        return new Builder().id(id).type(type);
    }

    /** The message's name of the first field in which {@code other} differs, or null when both are the same request. */
    public @Nullable String firstDifference(PaymentRequest other) {
        if (type != other.type) {
            return "type";
        }
        if (!Objects.equals(payer, other.payer)) {
            return "payer";
        }
        if (!Objects.equals(payee, other.payee)) {
            return "payee";
        }
        if (!Objects.equals(payment, other.payment)) {
            return "payment";
        }
        if (!Objects.equals(amount, other.amount)) {
            boolean sameMinor = amount != null && other.amount != null && amount.minor() == other.amount.minor();
            return sameMinor ? "currency" : "amount";
        }
        if (isFinal != other.isFinal) {
            return "final";
        }
        if (!method.equals(other.method)) {
            return "method";
        }
        if (!metadata.equals(other.metadata)) {
            return "metadata";
        }
        return id.equals(other.id) ? null : "id";
    }

    private static @Nullable Refusal problem(
            @Nullable String id,
            @Nullable Operation type,
            @Nullable AccountId payer,
            @Nullable AccountId payee,
            @Nullable Money amount,
            long maxAmountMinor,
            @Nullable String payment,
            boolean isFinal,
            @Nullable String method) {
        if (id == null || !Names.isValid(id)) {
            return Refusal.malformed("id", "id must be " + NAME_RULE);
        }
        if (type == null) {
            return Refusal.malformed("type", "type is missing");
        }
        if (method == null || !Names.isValid(method)) {
            return Refusal.malformed("method", "method must be " + NAME_RULE);
        }
        String of = type.code();
        if (!method.equals(LEDGER) && !type.isForProcessors()) {
            return Refusal.malformed("method", "a " + of + " takes no method but " + LEDGER);
        }
        Refusal presence = presence("payer", payer, type.namesAccounts(), of);
        presence = presence != null ? presence : presence("payee", payee, type.namesAccounts(), of);
        presence = presence != null ? presence : presence("payment", payment, type.namesPayment(), of);
        presence = presence != null ? presence : presence("amount", amount, type.carriesAmount(), of);
        if (presence != null) {
            return presence;
        }
        if (payment != null && !Names.isValid(payment)) {
            return Refusal.malformed("payment", "payment must be " + NAME_RULE);
        }
        if (isFinal && type != Operation.CAPTURE) {
            return Refusal.malformed("final", "only a capture may be final");
        }
        if (amount != null && (amount.minor() < 1 || amount.minor() > maxAmountMinor)) {
            return new Refusal(Reason.INVALID_AMOUNT, "amount", Reason.INVALID_AMOUNT.sentence());
        }
        if (payer != null && payer.equals(payee)) {
            return new Refusal(Reason.SAME_ACCOUNT, "payee", Reason.SAME_ACCOUNT.sentence());
        }
        return null;
    }

    private static @Nullable Refusal presence(String field, @Nullable Object value, boolean wanted, String type) {
        if (wanted == (value != null)) {
            return null;
        }
        return Refusal.malformed(
                field, wanted ? field + " is missing; a " + type + " needs it" : "a " + type + " takes no " + field);
    }

    /** Gathers the fields of a request. Not thread-safe. */
    public static final class Builder {
        private @Nullable String id;
        private @Nullable Operation type;
        private @Nullable AccountId payer;
        private @Nullable AccountId payee;
        private @Nullable Money amount;
        private @Nullable String payment;
        private boolean isFinal;
        private String method = LEDGER;
        private Map<String, String> metadata = Map.of();

        /** A builder without any field yet; codecs use it, people use {@link PaymentRequest#builder}. */
        public Builder() {}

        /** The idempotency key. */
        public Builder id(String id) {
            this.id = id;
            return this;
        }

        /** What is asked for. */
        public Builder type(Operation type) {
            this.type = type;
            return this;
        }

        /** The account to debit. */
        public Builder payer(AccountId payer) {
            this.payer = payer;
            return this;
        }

        /** The account to debit. */
        public Builder payer(String payer) {
            return payer(AccountId.of(payer));
        }

        /** The account to credit. */
        public Builder payee(AccountId payee) {
            this.payee = payee;
            return this;
        }

        /** The account to credit. */
        public Builder payee(String payee) {
            return payee(AccountId.of(payee));
        }

        /** How much. */
        public Builder amount(Money amount) {
            this.amount = amount;
            return this;
        }

        /** The id of the earlier payment that this acts on. */
        public Builder payment(String payment) {
            this.payment = payment;
            return this;
        }

        /** For a capture: nothing more will be captured. */
        public Builder isFinal(boolean isFinal) {
            this.isFinal = isFinal;
            return this;
        }

        /** The processor's name, not for a transfer or an inquiry; {@value PaymentRequest#LEDGER} when this is not called. */
        public Builder method(String method) {
            this.method = method;
            return this;
        }

        /** The client's own notes. */
        public Builder metadata(Map<String, String> metadata) {
            this.metadata = metadata;
            return this;
        }

        /** What keeps these fields from being a request, or null when nothing does. */
        public @Nullable Refusal problem() {
            return PaymentRequest.problem(id, type, payer, payee, amount, MAX_AMOUNT_MINOR, payment, isFinal, method);
        }

        /** @throws BayarException if there is a {@link #problem()} */
        public PaymentRequest build() {
            Refusal problem = problem();
            if (problem != null) {
                throw new BayarException(problem.message());
            }
            return new PaymentRequest(id, type, payer, payee, amount, payment, isFinal, method, metadata);
        }
    }
}
