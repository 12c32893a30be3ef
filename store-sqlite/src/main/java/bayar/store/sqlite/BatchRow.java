package bayar.store.sqlite;

/**
 * A row of {@code batch}: which rows a batch added, and the hash that seals them.
 *
 * @param number from 1, without gaps
 * @param firstSequence the sequence number of its first payment, or that of the next batch when it has none
 * @param payments how many payments it added
 * @param lastPrincipal the highest number in {@code principal} after it
 * @param lastKind the highest number in {@code kind} after it
 * @param lastAccount the highest number in {@code account} after it
 * @param timeMillis the time of the last payment after it
 * @param chain the hash over it, which the next one continues
 */
record BatchRow(
        long number,
        long firstSequence,
        long payments,
        long lastPrincipal,
        long lastKind,
        long lastAccount,
        long timeMillis,
        byte[] chain) {

    /** What the first batch follows. */
    static final BatchRow NONE = new BatchRow(0, 1, 0, 0, 0, 0, 0, Chain.BEGINNING);

    long lastSequence() {
        return firstSequence + payments - 1;
    }

    BatchRow withChain(byte[] newChain) {
        return new BatchRow(
                number, firstSequence, payments, lastPrincipal, lastKind, lastAccount, timeMillis, newChain);
    }
}
