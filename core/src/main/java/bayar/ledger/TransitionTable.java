package bayar.ledger;

import static bayar.Reason.APPROVED;
import static bayar.Reason.AUTHORIZATION_EXPIRED;
import static bayar.Reason.EXCEEDS_AUTHORIZED;
import static bayar.Reason.EXCEEDS_CAPTURED;
import static bayar.Reason.INVALID_TRANSITION;
import static bayar.Reason.ORIGINAL_NOT_FOUND;
import static bayar.ledger.PaymentState.ACTED_ON_ANOTHER;
import static bayar.ledger.PaymentState.AUTHORIZED;
import static bayar.ledger.PaymentState.CAPTURED;
import static bayar.ledger.PaymentState.DECLINED;
import static bayar.ledger.PaymentState.EXPIRED;
import static bayar.ledger.PaymentState.NONE;
import static bayar.ledger.PaymentState.PARTLY_CAPTURED;
import static bayar.ledger.PaymentState.PARTLY_EXPIRED;
import static bayar.ledger.PaymentState.REFUNDED;
import static bayar.ledger.PaymentState.TRANSFERRED;
import static bayar.ledger.PaymentState.UNKNOWN;
import static bayar.ledger.PaymentState.VOIDED;

import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentSums;
import bayar.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What each operation may follow, and what it does: the one place that knows. A row is an operation, a column the state
 * of the payment that it acts on, a cell the answer; {@link Reason#APPROVED} there means that the state allows it, and
 * the accounts and the sums decide.
 */
final class TransitionTable {
    /** Whose money an operation is about. */
    enum Accounts {
        /** The request's payer pays its payee. */
        OF_REQUEST,
        /** The earlier payment's payer pays its payee. */
        OF_ORIGINAL,
        /** The earlier payment's payee gives back to its payer. */
        OF_ORIGINAL_BACK
    }

    /**
     * How an operation changes the sums of the payment that it acts on.
     *
     * @param left how much of it there is to act on
     * @param excess the answer to more than that
     * @param after its sums afterwards
     */
    record Part(ToLongFunction<PaymentSums> left, Reason excess, SumsAfter after) {}

    /** The sums of a payment after an amount of it was acted on. */
    @FunctionalInterface
    interface SumsAfter {
        PaymentSums of(PaymentSums before, long minor, boolean isFinal);
    }

    /**
     * One operation. How the held amount of an account changes follows from the sums.
     *
     * @param answers the answer for each state that a request of this type can meet
     * @param accounts whose money it is about
     * @param money what becomes of the request's amount
     * @param begins the sums of the payment that this operation begins, from its amount
     * @param part how it changes the payment that it acts on; null when it acts on none
     */
    record Row(
            Map<PaymentState, Reason> answers,
            Accounts accounts,
            MoneyEffect money,
            LongFunction<PaymentSums> begins,
            @Nullable Part part) {}

    private static final Map<Operation, Row> ROWS = new EnumMap<>(Operation.class);

    static {
        ROWS.put(Operation.TRANSFER, beginning(MoneyEffect.MOVED, minor -> PaymentSums.NONE));
        ROWS.put(Operation.SALE, beginning(MoneyEffect.MOVED, PaymentSums::ofSale));
        ROWS.put(Operation.AUTHORIZE, beginning(MoneyEffect.HELD, PaymentSums::ofAuthorization));
        ROWS.put(
                Operation.CAPTURE,
                acting(
                        Map.of(
                                AUTHORIZED, APPROVED,
                                PARTLY_CAPTURED, APPROVED,
                                CAPTURED, EXCEEDS_AUTHORIZED,
                                REFUNDED, EXCEEDS_AUTHORIZED,
                                VOIDED, INVALID_TRANSITION,
                                EXPIRED, AUTHORIZATION_EXPIRED,
                                PARTLY_EXPIRED, AUTHORIZATION_EXPIRED),
                        Accounts.OF_ORIGINAL,
                        MoneyEffect.MOVED,
                        new Part(PaymentSums::open, EXCEEDS_AUTHORIZED, (before, minor, isFinal) -> {
                            PaymentSums captured = before.plusCaptured(minor);
                            return isFinal ? captured.withRestReleased() : captured;
                        })));
        ROWS.put(
                Operation.VOID,
                acting(
                        Map.of(
                                AUTHORIZED, APPROVED,
                                PARTLY_CAPTURED, APPROVED,
                                CAPTURED, INVALID_TRANSITION,
                                REFUNDED, INVALID_TRANSITION,
                                VOIDED, INVALID_TRANSITION,
                                EXPIRED, AUTHORIZATION_EXPIRED,
                                PARTLY_EXPIRED, AUTHORIZATION_EXPIRED),
                        Accounts.OF_ORIGINAL,
                        MoneyEffect.NOT_MOVED,
                        new Part(
                                PaymentSums::open,
                                EXCEEDS_AUTHORIZED,
                                (before, minor, isFinal) -> before.withRestReleased())));
        ROWS.put(
                Operation.REFUND,
                acting(
                        Map.of(
                                AUTHORIZED, INVALID_TRANSITION,
                                PARTLY_CAPTURED, APPROVED,
                                CAPTURED, APPROVED,
                                REFUNDED, EXCEEDS_CAPTURED,
                                VOIDED, INVALID_TRANSITION,
                                EXPIRED, INVALID_TRANSITION,
                                PARTLY_EXPIRED, APPROVED),
                        Accounts.OF_ORIGINAL_BACK,
                        MoneyEffect.MOVED,
                        new Part(
                                PaymentSums::refundable,
                                EXCEEDS_CAPTURED,
                                (before, minor, isFinal) -> before.plusRefunded(minor))));
    }

    private static Row beginning(MoneyEffect money, LongFunction<PaymentSums> begins) {
        return new Row(Map.of(NONE, APPROVED), Accounts.OF_REQUEST, money, begins, null);
    }

    private static Row acting(Map<PaymentState, Reason> answers, Accounts accounts, MoneyEffect money, Part part) {
        Map<PaymentState, Reason> all = new EnumMap<>(answers);
        all.put(UNKNOWN, ORIGINAL_NOT_FOUND);
        all.put(DECLINED, INVALID_TRANSITION);
        all.put(TRANSFERRED, INVALID_TRANSITION);
        all.put(ACTED_ON_ANOTHER, INVALID_TRANSITION);
        return new Row(all, accounts, money, minor -> PaymentSums.NONE, part);
    }

    /** The row of this operation, or null when the ledger does not offer it. */
    static @Nullable Row row(Operation operation) {
        return ROWS.get(operation);
    }

    private TransitionTable() {}
}
