package bayar;

import java.util.List;

/**
 * Takes the committed events of a ledger from a durable cursor: in order, each at least once, also those of before a
 * restart and those that came while nobody listened.
 */
@FunctionalInterface
public interface OutboxListener {
    /**
     * Takes the next events. On a thread of its own; may block. When it returns, the cursor moves behind them; when it
     * throws, it gets the same events again after a pause, and nothing later before.
     *
     * @param events the next ones, at least one, in the ledger's order
     */
    void onEvents(List<PaymentEvent> events) throws Exception;
}
