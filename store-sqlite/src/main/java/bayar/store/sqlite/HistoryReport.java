package bayar.store.sqlite;

import org.jspecify.annotations.Nullable;

/**
 * What a walk through the whole history of a ledger found.
 *
 * @param batches how many batches were walked
 * @param payments how many payments
 * @param accounts how many accounts there are
 * @param badBatch the number of the first batch that is not as it was sealed; 0 when all are
 * @param problem the first thing that is wrong, in words, or null when nothing is
 */
public record HistoryReport(
        long batches,
        long payments,
        long accounts,
        long badBatch,
        @Nullable String problem) {
    /** Whether everything is as it was written. */
    public boolean isSound() {
        return problem == null;
    }
}
