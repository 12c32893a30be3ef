package bayar.ledger;

import static bayar.Reason.APPROVED;
import static bayar.Reason.AUTHORIZATION_EXPIRED;
import static bayar.Reason.EXCEEDS_AUTHORIZED;
import static bayar.Reason.EXCEEDS_CAPTURED;
import static bayar.Reason.INVALID_TRANSITION;
import static bayar.Reason.ORIGINAL_NOT_FOUND;
import static bayar.ledger.PaymentState.ACTED_ON_ANOTHER;
import static bayar.ledger.PaymentState.AUTHORIZED;
import static bayar.ledger.PaymentState.BEING_CAPTURED;
import static bayar.ledger.PaymentState.CAPTURED;
import static bayar.ledger.PaymentState.DECLINED;
import static bayar.ledger.PaymentState.EXPIRED;
import static bayar.ledger.PaymentState.FAILED;
import static bayar.ledger.PaymentState.IN_DOUBT;
import static bayar.ledger.PaymentState.NONE;
import static bayar.ledger.PaymentState.PARTLY_CAPTURED;
import static bayar.ledger.PaymentState.PARTLY_EXPIRED;
import static bayar.ledger.PaymentState.PENDING;
import static bayar.ledger.PaymentState.REFUNDED;
import static bayar.ledger.PaymentState.REVERSED;
import static bayar.ledger.PaymentState.TRANSFERRED;
import static bayar.ledger.PaymentState.UNKNOWN;
import static bayar.ledger.PaymentState.VOIDED;

import bayar.BayarException;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What each operation may follow and does, and what evidence does: the one place that knows.
 *
 * <p>In the first table a row is an operation, a column the state of the payment that it acts on, a cell the answer;
 * {@link Reason#APPROVED} there means that the state allows it, and the accounts and the sums decide. In the second a row
 * is what is told of a payment that a processor does, a column how the payment stands, a cell the effect.
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
     * How an operation changes the sums of the payment that it acts on, from these and its amount (0 where it has none).
     *
     * @param left how much of it there is to act on
     * @param excess the answer to more than that
     * @param after its sums afterwards
     * @param reserved its sums while a processor is at work on it
     * @param unreserved its sums when the processor is done, before {@code after}
     */
    record Part(
            ToLongFunction<PaymentSums> left,
            Reason excess,
            SumsAfter after,
            SumsAfter reserved,
            SumsAfter unreserved) {}

    /** The sums of a payment after something was done about this many minor units of it. */
    @FunctionalInterface
    interface SumsAfter {
        PaymentSums of(PaymentSums before, long minor);
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
            @Nullable Part part) {

        /** Whether the amount is held on the account debited while a processor is at work, besides what is held already. */
        boolean holdsWhilePending() {
            return accounts != Accounts.OF_ORIGINAL;
        }
    }

    /** Reserves all that is left, so that nothing else can act on it. */
    private static final SumsAfter ALL_RESERVED = (before, minor) -> before.plusCapturing(before.free());

    private static final SumsAfter ALL_UNRESERVED = (before, minor) -> before.plusCapturing(-before.capturing());

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
                                BEING_CAPTURED, APPROVED,
                                CAPTURED, EXCEEDS_AUTHORIZED,
                                REFUNDED, EXCEEDS_AUTHORIZED,
                                VOIDED, INVALID_TRANSITION,
                                EXPIRED, AUTHORIZATION_EXPIRED,
                                PARTLY_EXPIRED, AUTHORIZATION_EXPIRED),
                        Accounts.OF_ORIGINAL,
                        MoneyEffect.MOVED,
                        new Part(
                                PaymentSums::free,
                                EXCEEDS_AUTHORIZED,
                                PaymentSums::plusCaptured,
                                PaymentSums::plusCapturing,
                                (before, minor) -> before.plusCapturing(-minor))));
        ROWS.put(
                Operation.VOID,
                acting(
                        Map.of(
                                AUTHORIZED, APPROVED,
                                PARTLY_CAPTURED, APPROVED,
                                BEING_CAPTURED, INVALID_TRANSITION,
                                CAPTURED, INVALID_TRANSITION,
                                REFUNDED, INVALID_TRANSITION,
                                VOIDED, INVALID_TRANSITION,
                                EXPIRED, AUTHORIZATION_EXPIRED,
                                PARTLY_EXPIRED, AUTHORIZATION_EXPIRED),
                        Accounts.OF_ORIGINAL,
                        MoneyEffect.NOT_MOVED,
                        new Part(
                                PaymentSums::free,
                                EXCEEDS_AUTHORIZED,
                                (before, minor) -> before.withRestReleased(),
                                ALL_RESERVED,
                                ALL_UNRESERVED)));
        ROWS.put(
                Operation.REFUND,
                acting(
                        Map.of(
                                AUTHORIZED, INVALID_TRANSITION,
                                PARTLY_CAPTURED, APPROVED,
                                BEING_CAPTURED, APPROVED,
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
                                PaymentSums::plusRefunded,
                                PaymentSums::plusRefunding,
                                (before, minor) -> before.plusRefunding(-minor))));
    }

    /** A capture after which the rest is released, so that it reserves the rest too and, as a void, comes alone. */
    private static final Row FINAL_CAPTURE = finalCapture(row(Operation.CAPTURE));

    private static Row finalCapture(@Nullable Row capture) {
        if (capture == null) {
            throw new IllegalStateException("the row of captures comes before that of final ones");
        }
        Map<PaymentState, Reason> answers = new EnumMap<>(capture.answers());
        answers.put(BEING_CAPTURED, INVALID_TRANSITION);
        Part part = new Part(
                PaymentSums::free,
                EXCEEDS_AUTHORIZED,
                (before, minor) -> before.plusCaptured(minor).withRestReleased(),
                ALL_RESERVED,
                ALL_UNRESERVED);
        return new Row(answers, capture.accounts(), capture.money(), capture.begins(), part);
    }

    private static Row beginning(MoneyEffect money, LongFunction<PaymentSums> begins) {
        return new Row(Map.of(NONE, APPROVED), Accounts.OF_REQUEST, money, begins, null);
    }

    private static Row acting(Map<PaymentState, Reason> answers, Accounts accounts, MoneyEffect money, Part part) {
        Map<PaymentState, Reason> all = new EnumMap<>(answers);
        all.put(UNKNOWN, ORIGINAL_NOT_FOUND);
        all.put(PENDING, INVALID_TRANSITION);
        all.put(IN_DOUBT, INVALID_TRANSITION);
        all.put(DECLINED, INVALID_TRANSITION);
        all.put(FAILED, INVALID_TRANSITION);
        all.put(REVERSED, INVALID_TRANSITION);
        all.put(TRANSFERRED, INVALID_TRANSITION);
        all.put(ACTED_ON_ANOTHER, INVALID_TRANSITION);
        return new Row(all, accounts, money, minor -> PaymentSums.NONE, part);
    }

    /** The row of this operation, or null when the ledger does not offer it. */
    static @Nullable Row row(Operation operation) {
        return ROWS.get(operation);
    }

    /** The row of this request, or null when the ledger does not offer its operation. */
    static @Nullable Row row(PaymentRequest request) {
        return request.isFinal() ? FINAL_CAPTURE : row(request.type());
    }

    /** @throws BayarException if the ledger does not offer this request's operation */
    static Row require(PaymentRequest request) {
        Row row = row(request);
        if (row == null) {
            throw new BayarException(
                    "the ledger does not offer " + request.type().code());
        }
        return row;
    }

    /**
     * What somebody tells about a payment that a processor does: the rows of the second table. Stores keep their ordinals,
     * in {@link Course#anomalies}, so another one comes last.
     */
    enum Told {
        /** It was done, for an amount that may be. */
        APPROVED,
        /** It was done, for another amount than may be, or than the account credited can take. */
        APPROVED_OTHERWISE,
        /** It was refused. */
        DECLINED,
        /** It was not executed and never will be. */
        NOT_EXECUTED,
        /** It was undone. */
        REVERSED,
        /** It is not known outside, and the time in which it could still arrive is over. */
        NEVER_ARRIVED,
        /** Nothing that is certain. */
        NOTHING
    }

    /** What that does. */
    enum Effect {
        /** It is what became of the payment, for good. */
        SETTLES,
        /** The payment is in doubt, for this reason. */
        DOUBTS,
        /** Nothing: it is known already, or no evidence. */
        NONE,
        /** It contradicts what is settled: an anomaly, kept for an operator. */
        CONTRADICTS
    }

    /** How a payment that a processor does stands: the columns of the second table. */
    enum Standing {
        PENDING,
        IN_DOUBT,
        BEING_REVERSED,
        APPROVED,
        DECLINED,
        FAILED,
        REVERSED;

        static Standing of(Reason reason) {
            return reason == Reason.BEING_REVERSED
                    ? BEING_REVERSED
                    : valueOf(reason.status().name());
        }
    }

    private static final Map<Told, Map<Standing, Effect>> EFFECTS = new EnumMap<>(Told.class);

    static {
        Effect s = Effect.SETTLES;
        Effect d = Effect.DOUBTS;
        Effect x = Effect.CONTRADICTS;
        Effect o = Effect.NONE;
        // pending, in doubt, being reversed, approved, declined, failed, reversed
        tell(Told.APPROVED, s, s, o, o, x, x, x);
        tell(Told.APPROVED_OTHERWISE, d, d, o, x, x, x, x);
        tell(Told.DECLINED, s, s, s, x, o, o, o);
        tell(Told.NOT_EXECUTED, s, s, s, x, o, o, o);
        tell(Told.REVERSED, s, s, s, x, o, o, o);
        tell(Told.NEVER_ARRIVED, s, s, s, o, o, o, o);
        tell(Told.NOTHING, d, o, o, o, o, o, o);
    }

    private static void tell(Told told, Effect... effects) {
        Map<Standing, Effect> row = new EnumMap<>(Standing.class);
        for (Standing standing : Standing.values()) {
            row.put(standing, effects[standing.ordinal()]);
        }
        EFFECTS.put(told, row);
    }

    /** What it does to a payment that stands so, when this is told of it. */
    static Effect effect(Told told, Standing standing) {
        Map<Standing, Effect> row = EFFECTS.get(told);
        Effect effect = row == null ? null : row.get(standing);
        if (effect == null) {
            throw new IllegalStateException("the table has no effect of " + told + " on " + standing);
        }
        return effect;
    }

    private TransitionTable() {}
}
