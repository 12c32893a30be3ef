package bayar.store;

import bayar.StoreStatus;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.LedgerState;
import java.util.function.Consumer;

/**
 * Where an engine keeps its ledger. A store loads, writes and makes durable; it decides nothing.
 *
 * <p>A store belongs to one engine, which calls it from one thread at a time and closes it. Whatever a method throws
 * stops the engine: a store that cannot keep its promise says so with a {@link StoreException} and is not used again.
 */
public interface PaymentStore extends LedgerState, AutoCloseable {
    /** A word or two for logs: what this store is and where. */
    String description();

    /** The sequence number of the last record that was committed; 0 when there is none. */
    long lastSequence();

    /** The time of that record, in milliseconds since 1970 UTC; 0 when there is none. */
    long lastTimeMillis();

    /** Hands over every account as it was committed last, in the order of their names. */
    void forEachAccount(Consumer<Account> consumer);

    /** Opens a reader of the records as they were appended; may be called from any thread, while the store is open. */
    History history();

    /** How it is, for whoever watches. From any thread, also after a failure; costs no more than a look at the files. */
    default StoreStatus status() {
        return StoreStatus.unknown(description());
    }

    /**
     * Writes {@code changes}, whole or not at all. When it returns they survive whatever the store promises to survive,
     * and the other methods tell them.
     *
     * @throws StoreException if that cannot be promised, or if {@code changes} do not fit what is there: a gap in the
     *     sequence, an id that is recorded already, an account that is (or is not) there; whether the changes are in the store is not known then
     */
    void commit(Changes changes);

    /** Gives back what the store holds. May be called again, and after a failure. */
    @Override
    void close();
}
