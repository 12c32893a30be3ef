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
     */
    record Message(PaymentRequest request, long issuedAtSeconds, long expiresAtSeconds) implements Decoding {}

    /**
     * Not a request.
     *
     * @param id the message's id, when a valid one could be read in spite of the fault, else null; only for the answer
     * @param refusal what is wrong
     */
    record Malformed(@Nullable String id, Refusal refusal) implements Decoding {}
}
