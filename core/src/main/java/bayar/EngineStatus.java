package bayar;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an engine is at this moment.
 *
 * @param refusing why it refuses everything, or null while it takes requests
 * @param queued how many requests wait for the committer
 * @param queueCapacity how many may wait
 * @param isCongested whether more wait than should, so that who sends too much is told {@code overloaded}
 * @param pending how many payments are with their processors
 * @param inDoubt how many payments are in doubt
 * @param oldestInDoubt since when the oldest of them is, or null when none is
 * @param contradicted how many payments something told later contradicts, and nobody has acknowledged that
 * @param arrived how many requests have arrived since the start
 * @param answered how many answers were given since the start
 * @param eventsDropped how many events extensions have missed because they were too slow
 * @param eventsFailed how many events extensions threw on
 * @param probesFailed how many events probes threw on
 * @param started when it was started
 * @param time what its clock says
 * @param lastRecorded the time of the last record; later than {@code time} when the clock was set back. Null while there
 *     is none
 */
public record EngineStatus(
        @Nullable Reason refusing,
        int queued,
        int queueCapacity,
        boolean isCongested,
        int pending,
        int inDoubt,
        @Nullable Instant oldestInDoubt,
        int contradicted,
        long arrived,
        long answered,
        long eventsDropped,
        long eventsFailed,
        long probesFailed,
        Instant started,
        Instant time,
        @Nullable Instant lastRecorded) {}
