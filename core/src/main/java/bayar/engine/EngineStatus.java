package bayar.engine;

import bayar.Reason;
import org.jspecify.annotations.Nullable;

/**
 * How an engine is at this moment.
 *
 * @param refusing why it refuses everything, or null while it takes requests
 * @param queued how many requests wait for the committer
 * @param pending how many payments are with their processors
 * @param inDoubt how many payments are in doubt that a processor is asked about; see {@link PaymentEngine#unresolved}
 * @param arrived how many requests have arrived since the start
 * @param answered how many answers were given since the start
 * @param eventsDropped how many events extensions have missed because they were too slow
 * @param eventsFailed how many events extensions threw on
 */
public record EngineStatus(
        @Nullable Reason refusing,
        int queued,
        int pending,
        int inDoubt,
        long arrived,
        long answered,
        long eventsDropped,
        long eventsFailed) {}
