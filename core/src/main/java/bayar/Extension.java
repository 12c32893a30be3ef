package bayar;

/**
 * Adds to an engine: plugs verifiers, processors and probes in, and watches what happens. Never moves money and can never fail a payment.
 *
 * <p>{@link #install} is called once, on the thread that starts the engine; what it throws keeps the engine from
 * starting. The {@code on…} methods are called on a thread of the extension's own, one call at a time, and may block; those
 * that are not overridden cost nothing. An extension that is slower than the engine falls behind on a bounded queue; when that is full, what comes next is
 * dropped for this extension, counted and logged. What an {@code on…} method throws is counted and logged and the next
 * event is delivered; after an {@link Error} nothing more is.
 *
 * <p>Extensions are given to the engine's builder in order, or found with {@link java.util.ServiceLoader} when the
 * builder is told to.
 */
public interface Extension {
    /** The name for logs; by default that of the class. */
    default String name() {
        return getClass().getName();
    }

    /** Plugs in what this extension brings. */
    default void install(Registrar registrar) {}

    /**
     * The engine has started: accounts are open, transports listen. On the thread that starts it; what it throws keeps the
     * engine from starting.
     *
     * @param operator how to look at the engine; works until {@link #stopping} has returned
     */
    default void started(Operator operator) {}

    /**
     * The engine ends: every request was answered, and when this returns the store is closed. Called once after {@link
     * #started}, also when that threw; on the thread that ends the engine, which waits for it.
     */
    default void stopping() {}

    /** A request was decided and recorded: in the ledger's order, each once, after it is durable. */
    default void onPayment(PaymentEvent event) {}

    /** A request was answered, for whatever reason; refusals and repeated answers included. In no order. */
    default void onAnswer(AnswerEvent event) {}

    /** A batch became durable. */
    default void onBatch(BatchEvent event) {}

    /** What an extension may plug into the engine while it starts. */
    interface Registrar {
        /** Adds a verifier behind those that are there already. */
        void verifier(Verifier verifier);

        /**
         * Adds a processor for the requests with this method.
         *
         * @throws BayarException if the name is not valid or taken
         */
        void processor(String method, Processor processor);

        /** As {@link #processor(String, Processor)}, for one whose calls wait for their answer. */
        void processor(String method, BlockingProcessor processor);

        /**
         * Has {@code listener} told of every committed event, from the ledger's first one, in order and at least once.
         *
         * @param name of its durable cursor, 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}; whoever comes back under
         *     this name goes on where it was
         * @throws BayarException if the name is not valid or taken
         */
        void outbox(String name, OutboxListener listener);

        /** Has {@code probe} count what is done, behind those that are there already. */
        void probe(Probe probe);
    }
}
