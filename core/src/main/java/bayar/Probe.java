package bayar;

/**
 * Counts what an engine does, where it does it: nothing is lost, whatever else is slow. For metrics; whoever wants to do
 * more than count watches as an {@link Extension}.
 *
 * <p>Called on the engine's own threads (the committer's, event loops, workers) and on those of the host that call it,
 * several at once, behind the replies: it must be thread-safe, take well under a microsecond, and never block, since
 * everybody waits for it. What it throws, even an {@link Error}, is counted and logged, and payments go on.
 */
@FunctionalInterface
public interface Probe {
    /** A request was answered, for whatever reason; refusals and repeated answers included. In no order. */
    void answered(AnswerEvent event);

    /** A batch became durable. The committer's thread. */
    default void committed(BatchEvent event) {}
}
