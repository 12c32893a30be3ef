package bayar;

/**
 * A batch became durable.
 *
 * @param commands how many commands it took from the queue
 * @param recorded how many records it made; authorizations that expired are among them
 * @param queued how many were waiting behind it
 * @param commitNanos how long the store took to make it durable, in nanoseconds
 */
public record BatchEvent(int commands, int recorded, int queued, long commitNanos) implements EngineEvent {}
