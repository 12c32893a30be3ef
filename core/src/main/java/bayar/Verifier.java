package bayar;

/**
 * Decides whether a request may go to the ledger at all: the policy that every request must pass.
 *
 * <p>It looks and decides, and does nothing else: no I/O, no blocking, no state that changes. It may be called from
 * several threads at once, and more than once for the same request. Verifiers are asked in the order in which they were
 * given to the engine, after the signature, the freshness and the grants have been checked; the first refusal is the
 * answer. One that throws refuses the request with {@link Reason#VERIFIER_ERROR}. What depends on balances or on counts
 * belongs to an account's limits, which are decided together with the money.
 */
@FunctionalInterface
public interface Verifier {
    /**
     * Whether {@code request} may be done.
     *
     * @param request a well-formed request whose sender is known
     * @param context who sent it, how and when
     * @return {@link Verdict#accept()} or a refusal; never null
     */
    Verdict verify(PaymentRequest request, VerificationContext context);
}
