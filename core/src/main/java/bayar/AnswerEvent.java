package bayar;

import org.jspecify.annotations.Nullable;

/**
 * A request was answered.
 *
 * @param principal who sent it, or null when that was not established
 * @param request what was asked for, or null when it could not be read or was not authentic
 * @param receipt the answer
 * @param method the processor that was given it, else what the request says; null when there is no request
 * @param transport what brought it: a transport's name such as {@code tcp} or {@code ws}, or {@code call}
 * @param peer where it came from, such as {@code tcp:127.0.0.1:50412} or {@code call}
 * @param stages how long it took
 * @param answeredNanos when, in the engine's nanoseconds
 * @param traceparent the valid trace context that the message was sent in, or null
 */
public record AnswerEvent(
        @Nullable String principal,
        @Nullable PaymentRequest request,
        Receipt receipt,
        @Nullable String method,
        String transport,
        String peer,
        Stages stages,
        long answeredNanos,
        @Nullable String traceparent)
        implements EngineEvent {

    /** An answer in no trace, at the beginning of the engine's time. */
    public AnswerEvent(
            @Nullable String principal,
            @Nullable PaymentRequest request,
            Receipt receipt,
            @Nullable String method,
            String transport,
            String peer,
            Stages stages) {
        this(principal, request, receipt, method, transport, peer, stages, 0, null);
    }
}
