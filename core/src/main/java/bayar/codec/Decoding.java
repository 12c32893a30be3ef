package bayar.codec;

import bayar.PaymentRequest;
import bayar.Refusal;
import org.jspecify.annotations.Nullable;

/** What a {@link RequestReader} made of a message. */
public sealed interface Decoding {

    /**
     * A well-formed request.
     *
     * @param request what is asked for
     * @param issuedAtSeconds when it was signed, in seconds since 1970
     * @param expiresAtSeconds the deadline, in seconds since 1970; later than {@code issuedAtSeconds}
     * @param traceparent the trace context that it was sent in, or null when there is none; no part of the payment
     */
    record Message(
            PaymentRequest request,
            long issuedAtSeconds,
            long expiresAtSeconds,
            @Nullable String traceparent) implements Decoding {
        /** A request that was sent in no trace. */
        public Message(PaymentRequest request, long issuedAtSeconds, long expiresAtSeconds) {
            this(request, issuedAtSeconds, expiresAtSeconds, null);
        }
    }

    /**
     * Not a request.
     *
     * @param id the message's id, when a valid one could be read in spite of the fault, else null; only for the answer
     * @param refusal what is wrong
     */
    record Malformed(@Nullable String id, Refusal refusal) implements Decoding {}
}
