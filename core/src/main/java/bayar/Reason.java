package bayar;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a request was answered as it was. Declared in order of precedence: of several reasons that apply, the one that
 * stands first here is given. The constants' {@linkplain #code() codes} are stable.
 *
 * <p>Each has its nearest neighbour among the response codes of ISO 8583:1987 (data element 39) and among the external
 * status reason codes of ISO 20022, as data for gateways. These are neighbours, not equals: several reasons share one.
 */
public enum Reason {
    // What the engine cannot take now.
    /** The engine is finishing and takes nothing new. */
    DRAINING(Status.BUSY, Retry.SAME_ID, "The engine is draining; send the same request again later.", "91", "AB09"),
    /** The engine has stopped because a promise could not be kept. */
    ENGINE_STOPPED(Status.BUSY, Retry.SAME_ID, "The engine has stopped and needs a restart.", "91", "AB09"),
    /** A queue is full. */
    OVERLOADED(
            Status.BUSY, Retry.SAME_ID, "Too much at once; send the same request again a little later.", "91", "AB09"),

    /** The processor cannot be reached now, or has too much to do. */
    PROCESSOR_UNAVAILABLE(
            Status.BUSY,
            Retry.SAME_ID,
            "The processor is not available now; send the same request again later.",
            "91",
            "AB08"),

    // What is wrong with the message or its sender.
    /** The message is not what the message reference says. */
    FORMAT_ERROR(Status.REJECTED, Retry.NEVER, "The message is malformed.", "30", "FF01"),
    /** The amount is outside 1 to 999999999999 minor units. */
    INVALID_AMOUNT(Status.REJECTED, Retry.NEVER, "The amount must be 1 to 999999999999 minor units.", "13", "AM12"),
    /** The signature is wrong, or its key is not known here. */
    SIGNATURE_INVALID(
            Status.REJECTED, Retry.NEVER, "The signature does not verify with a key known here.", "63", "MS03"),
    /** The key has been revoked. */
    KEY_REVOKED(Status.REJECTED, Retry.NEVER, "The key has been revoked; sign with another.", "63", "DS0C"),
    /** The message was signed too long ago, or in the future. */
    STALE(
            Status.REJECTED,
            Retry.SAME_ID,
            "The time of signing is too far from the engine's clock; sign again.",
            "12",
            "DT01"),
    /** The operation is not offered. */
    OPERATION_UNSUPPORTED(Status.REJECTED, Retry.NEVER, "This operation is not offered here.", "40", "AG03"),
    /** No processor goes by this method. */
    METHOD_UNKNOWN(Status.REJECTED, Retry.NEVER, "There is no such payment method here.", "92", "AG03"),
    /** Payer and payee are one account. */
    SAME_ACCOUNT(Status.REJECTED, Retry.NEVER, "Payer and payee must be two accounts.", "12", "AG01"),
    /** A verifier failed, so the request was refused. */
    VERIFIER_ERROR(Status.REJECTED, Retry.NEVER, "A verifier failed; nothing passes unverified.", "96", "AB09"),
    /** The sender may not do this. */
    NOT_PERMITTED(Status.REJECTED, Retry.NEVER, "The sender may not do this.", "57", "AG01"),
    /** The id was used before, for a different request. */
    ID_REUSED(Status.REJECTED, Retry.NEW_ID, "This id was used for a different request.", "94", "DUPL"),
    /** The deadline passed before the ledger was reached. */
    DEADLINE_EXCEEDED(Status.BUSY, Retry.SAME_ID, "The deadline passed before the payment was made.", "68", "TM01"),

    // What depends on the state of the ledger.
    /** There is no such earlier payment of this principal. */
    ORIGINAL_NOT_FOUND(Status.DECLINED, Retry.NEW_ID, "There is no such earlier payment.", "25", "NOOR"),
    /** The earlier payment is not in a state that allows this. */
    INVALID_TRANSITION(
            Status.DECLINED, Retry.NEVER, "The earlier payment does not allow this operation.", "12", "AG03"),
    /** The authorization has expired. */
    AUTHORIZATION_EXPIRED(Status.DECLINED, Retry.NEVER, "The authorization has expired.", "54", "TM01"),
    /** There is no such account. */
    ACCOUNT_UNKNOWN(Status.DECLINED, Retry.NEW_ID, "There is no such account.", "14", "AC01"),
    /** The account is closed. */
    ACCOUNT_CLOSED(Status.DECLINED, Retry.NEW_ID, "The account is closed.", "62", "AC04"),
    /** The account or the earlier payment is in another currency. */
    CURRENCY_MISMATCH(
            Status.DECLINED, Retry.NEW_ID, "The currency is not that of the account or the payment.", "12", "AM03"),
    /** More than what is left of the authorization. */
    EXCEEDS_AUTHORIZED(Status.DECLINED, Retry.NEW_ID, "More than what is left of the authorization.", "61", "AM09"),
    /** More than what is left to refund. */
    EXCEEDS_CAPTURED(Status.DECLINED, Retry.NEW_ID, "More than what is left to refund.", "61", "AM09"),
    /** More than the account allows in one payment. */
    LIMIT_PER_PAYMENT(Status.DECLINED, Retry.NEW_ID, "Over the account's limit for one payment.", "61", "AM14"),
    /** More, or more often, than the account allows in its window of time. */
    LIMIT_VELOCITY(Status.DECLINED, Retry.NEW_ID, "Over the account's limit for this window of time.", "65", "AM21"),
    /** Not enough money. */
    INSUFFICIENT_FUNDS(Status.DECLINED, Retry.NEW_ID, "The account does not have the money.", "51", "AM04"),
    /** The account cannot hold that much. */
    BALANCE_OVERFLOW(Status.DECLINED, Retry.NEW_ID, "The account cannot hold a balance this large.", "61", "AM14"),
    /** The processor suspects fraud. */
    SUSPECTED_FRAUD(Status.DECLINED, Retry.NEVER, "Refused as suspected fraud.", "59", "FRAD"),
    /** The processor says no and does not say why. */
    DO_NOT_HONOR(Status.DECLINED, Retry.NEW_ID, "Refused by the processor.", "05", "MS03"),

    // What is proven not to have been done.
    /** The processor did not execute it. */
    NOT_EXECUTED(Status.FAILED, Retry.NEW_ID, "The processor did not execute it.", "96", "AB08"),
    /** It was in doubt, and then undone. */
    REVERSED(Status.REVERSED, Retry.NEW_ID, "It was in doubt and has been undone.", "68", "AB05"),

    // What is not known yet.
    /** The processor's answer differs from what was asked. */
    INTEGRITY_MISMATCH(
            Status.IN_DOUBT, Retry.SAME_ID, "The processor's answer does not match the request.", "20", "AM09"),
    /** The processor did not answer in time. */
    PROCESSOR_TIMEOUT(Status.IN_DOUBT, Retry.SAME_ID, "The processor has not answered yet.", "68", "AB05"),
    /** The processor failed. */
    PROCESSOR_ERROR(
            Status.IN_DOUBT, Retry.SAME_ID, "The processor failed; what happened is not known yet.", "96", "AB09"),
    /** The engine ended while the processor was at work. */
    INTERRUPTED(
            Status.IN_DOUBT,
            Retry.SAME_ID,
            "The engine was restarted meanwhile; what happened is being found out.",
            "96",
            "AB09"),
    /** It is in doubt, and is being undone. */
    BEING_REVERSED(Status.IN_DOUBT, Retry.SAME_ID, "What happened is not known; it is being undone.", "68", "AB05"),
    /** The processor is at work. */
    PENDING(Status.PENDING, Retry.SAME_ID, "The processor is at work; ask again later.", "09", "AB05"),
    /** The store failed while this was being written. */
    STORE_ERROR(
            Status.IN_DOUBT,
            Retry.SAME_ID,
            "The store failed; send the same request again after a restart.",
            "96",
            "AB09"),

    // What was done.
    /** Done, for a part of the amount. */
    APPROVED_PARTIAL(Status.APPROVED, Retry.NEVER, "Approved for a part of the amount.", "10", "MS03"),
    /** Done. */
    APPROVED(Status.APPROVED, Retry.NEVER, "Approved.", "00", "MS03");

    private static final Map<String, Reason> BY_CODE =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(Reason::code, Function.identity()));

    private final String code = name().toLowerCase(Locale.ROOT);
    private final Status status;
    private final Retry retry;
    private final String sentence;
    private final String iso8583;
    private final String iso20022;

    Reason(Status status, Retry retry, String sentence, String iso8583, String iso20022) {
        this.status = status;
        this.retry = retry;
        this.sentence = sentence;
        this.iso8583 = iso8583;
        this.iso20022 = iso20022;
    }

    /** The word for it in messages and in stores, in lower case; it never changes. */
    public String code() {
        return code;
    }

    /** The reason with this code, or null when there is none. */
    public static @Nullable Reason ofCode(String code) {
        return BY_CODE.get(code);
    }

    /** What becomes of a request for this reason. */
    public Status status() {
        return status;
    }

    /** What a client may do next. */
    public Retry retry() {
        return retry;
    }

    /** A sentence for people, in English. */
    public String sentence() {
        return sentence;
    }

    /** The nearest ISO 8583:1987 response code: two digits. */
    public String iso8583() {
        return iso8583;
    }

    /** The nearest ISO 20022 external status reason code: four characters. */
    public String iso20022() {
        return iso20022;
    }
}
