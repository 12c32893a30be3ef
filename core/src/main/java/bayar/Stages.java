package bayar;

/**
 * How long one request took on its way, stage by stage, in nanoseconds; 0 for a stage that it did not pass.
 *
 * @param decodeNanos reading the message's fields
 * @param verifyNanos its signature and all verifiers, the wait for a worker included where one did that
 * @param queueNanos waiting for the committer
 * @param commitNanos from being taken by the committer until its batch was durable
 * @param processorNanos from then until its processor's answer was recorded, or until its sender was told that this is
 *     not known yet
 * @param totalNanos from the message's arrival to its answer; what the stages above do not cover is in it too
 */
public record Stages(
        long decodeNanos, long verifyNanos, long queueNanos, long commitNanos, long processorNanos, long totalNanos) {}
