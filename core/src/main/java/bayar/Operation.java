package bayar;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is asked for: a request's {@code type}. Also says which fields such a request carries. */
public enum Operation {
    /** Hold an amount on the payer's account, to be captured or voided later. */
    AUTHORIZE(true, true, false),
    /** Take all or a part of what was authorized. */
    CAPTURE(false, true, true),
    /** Release what is left of an authorization. */
    VOID(false, false, true),
    /** Authorize and capture in one. */
    SALE(true, true, false),
    /** Give back all or a part of what was captured. */
    REFUND(false, true, true),
    /** Move money between two accounts of the ledger. */
    TRANSFER(true, true, false),
    /** Read how an earlier request ended; changes nothing and is not recorded. */
    INQUIRY(false, false, true),
    /** Undo what is in doubt. */
    REVERSAL(false, true, true),
    /** What became of a payment that a processor does. */
    OUTCOME(false, true, true),
    /** Evidence that contradicts what became of a payment; it changes nothing. */
    ANOMALY(false, true, true),
    /** An operator has dealt with a payment's anomalies. */
    ACKNOWLEDGEMENT(false, true, true);

    private static final Map<String, Operation> BY_CODE =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(Operation::code, Function.identity()));

    private final String code = name().toLowerCase(Locale.ROOT);
    private final boolean namesAccounts;
    private final boolean carriesAmount;
    private final boolean namesPayment;

    Operation(boolean namesAccounts, boolean carriesAmount, boolean namesPayment) {
        this.namesAccounts = namesAccounts;
        this.carriesAmount = carriesAmount;
        this.namesPayment = namesPayment;
    }

    /** The word for it in messages, in lower case. */
    public String code() {
        return code;
    }

    /** The operation with this code, or null when there is none. */
    public static @Nullable Operation ofCode(String code) {
        return BY_CODE.get(code);
    }

    /** Whether clients may ask for it. {@link #REVERSAL} and what follows it is the engine's own, and on the record only. */
    public boolean isForClients() {
        return compareTo(REVERSAL) < 0;
    }

    /** Whether a processor may do it. */
    public boolean isForProcessors() {
        return isForClients() && this != TRANSFER && this != INQUIRY;
    }

    /** Whether a request of this type names {@code payer} and {@code payee}. */
    public boolean namesAccounts() {
        return namesAccounts;
    }

    /** Whether a request of this type carries {@code amount} and {@code currency}. */
    public boolean carriesAmount() {
        return carriesAmount;
    }

    /** Whether a request of this type names the earlier {@code payment} that it acts on. */
    public boolean namesPayment() {
        return namesPayment;
    }
}
