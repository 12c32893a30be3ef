package bayar;

import org.jspecify.annotations.Nullable;

/**
 * A request was answered.
 *
 * @param principal who sent it, or null when that was not established
 * @param request what was asked for, or null when it could not be read or was not authentic
 * @param receipt the answer
 * @param peer where it came from, such as {@code tcp:127.0.0.1:50412} or {@code call}
 * @param durationNanos from the message's arrival to its answer, in nanoseconds
 */
public record AnswerEvent(
        @Nullable String principal, @Nullable PaymentRequest request, Receipt receipt, String peer, long durationNanos)
        implements EngineEvent {}
