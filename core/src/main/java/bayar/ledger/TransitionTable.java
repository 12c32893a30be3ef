package bayar.ledger;

import static bayar.Reason.APPROVED;
import static bayar.Reason.EXCEEDS_CAPTURED;
import static bayar.Reason.INVALID_TRANSITION;
import static bayar.Reason.ORIGINAL_NOT_FOUND;
import static bayar.ledger.PaymentState.ACTED_ON_ANOTHER;
import static bayar.ledger.PaymentState.CAPTURED;
import static bayar.ledger.PaymentState.DECLINED;
import static bayar.ledger.PaymentState.NONE;
import static bayar.ledger.PaymentState.REFUNDED;
import static bayar.ledger.PaymentState.TRANSFERRED;
import static bayar.ledger.PaymentState.UNKNOWN;

import bayar.Operation;
import bayar.PaymentSums;
import bayar.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What each operation may follow, and what it does: the one place that knows. A row is an operation, a column the state
 * of the payment that it acts on, a cell the answer; {@link Reason#APPROVED} there means that the state allows it, and
 * the accounts decide.
 */
final class TransitionTable {
    /** Which way an operation moves its amount. */
    enum Flow {
        /** From the request's payer to its payee. */
        PAYER_TO_PAYEE,
        /** Back to where the earlier payment took it from. */
        BACK
    }

    /**
     * One operation.
     *
     * @param answers the answer for each state that a request of this type can meet
     * @param flow which way the money goes
     * @param sumsBegun the sums of the payment that this operation begins, from its amount
     */
    record Row(Map<PaymentState, Reason> answers, Flow flow, LongFunction<PaymentSums> sumsBegun) {}

    private static final Map<Operation, Row> ROWS = new EnumMap<>(Operation.class);

    static {
        ROWS.put(Operation.TRANSFER, new Row(Map.of(NONE, APPROVED), Flow.PAYER_TO_PAYEE, minor -> PaymentSums.NONE));
        ROWS.put(Operation.SALE, new Row(Map.of(NONE, APPROVED), Flow.PAYER_TO_PAYEE, PaymentSums::ofSale));
        ROWS.put(
                Operation.REFUND,
                new Row(
                        Map.of(
                                UNKNOWN, ORIGINAL_NOT_FOUND,
                                DECLINED, INVALID_TRANSITION,
                                TRANSFERRED, INVALID_TRANSITION,
                                CAPTURED, APPROVED,
                                REFUNDED, EXCEEDS_CAPTURED,
                                ACTED_ON_ANOTHER, INVALID_TRANSITION),
                        Flow.BACK,
                        minor -> PaymentSums.NONE));
    }

    /** The row of this operation, or null when the ledger does not offer it. */
    static @Nullable Row row(Operation operation) {
        return ROWS.get(operation);
    }

    private TransitionTable() {}
}
