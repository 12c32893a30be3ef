package bayar;

/**
 * How a store is at this moment.
 *
 * @param description what it is and where
 * @param isWritable whether it still takes batches
 * @param payments how many records it holds
 * @param holds how many authorizations hold something
 * @param unresolved how many payments are pending, in doubt, or contradicted and not acknowledged
 * @param fileBytes how large its file is; 0 when it has none
 * @param logBytes how large the log beside that file is; 0 when it has none
 * @param writtenBytes how much was written to that log since the start
 * @param usableBytes how much room is left on the disk; {@link Long#MAX_VALUE} when that is not known
 */
public record StoreStatus(
        String description,
        boolean isWritable,
        long payments,
        long holds,
        long unresolved,
        long fileBytes,
        long logBytes,
        long writtenBytes,
        long usableBytes) {

    /** Of a store that tells nothing of itself. */
    public static StoreStatus unknown(String description) {
        return new StoreStatus(description, true, 0, 0, 0, 0, 0, 0, Long.MAX_VALUE);
    }
}
