package bayar.engine;

import java.time.Duration;

/**
 * How an engine ended.
 *
 * @param clean whether every request that was read has been answered, and every answer was handed to the operating system
 * @param approved how many requests were answered as approved since the start
 * @param declined how many were declined
 * @param rejected how many were rejected
 * @param busy how many were refused as busy
 * @param inDoubt how many were answered as in doubt
 * @param replayed how many of all these answers repeated an earlier outcome
 * @param unanswered how many requests got no answer
 * @param lastSequence the sequence number of the last record
 * @param duration how long the drain took
 */
public record DrainReport(
        boolean clean,
        long approved,
        long declined,
        long rejected,
        long busy,
        long inDoubt,
        long replayed,
        long unanswered,
        long lastSequence,
        Duration duration) {}
