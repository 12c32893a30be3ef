package bayar.engine;

import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Refusal;
import bayar.Verdict;
import bayar.VerificationContext;
import bayar.Verifier;
import bayar.auth.FreshnessVerifier;
import bayar.auth.GrantVerifier;
import bayar.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every request passes on its way to the ledger, whichever way it came: Bayar's own verifiers, then the host's. */
final class Gate {
    private static final Logger log = LoggerFactory.getLogger(Gate.class);

    private final List<Verifier> verifiers;
    private final boolean runsHostCode;

    Gate(List<Verifier> hostVerifiers) {
        List<Verifier> all = new ArrayList<>(List.of(Gate::offered, new FreshnessVerifier(), new GrantVerifier()));
        all.addAll(hostVerifiers);
        this.verifiers = List.copyOf(all);
        this.runsHostCode = !hostVerifiers.isEmpty();
    }

    /** Whether code that is not Bayar's decides here too: it must not run on an event loop. */
    boolean runsHostCode() {
        return runsHostCode;
    }

    /** The first verifier's refusal, or null when the request may go on. */
    @Nullable
    Refusal refusal(PaymentRequest request, VerificationContext context) {
        for (Verifier verifier : verifiers) {
            Refusal refusal = ask(verifier, request, context);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private static @Nullable Refusal ask(Verifier verifier, PaymentRequest request, VerificationContext context) {
        try {
            return verifier.verify(request, context).refusal();
        } catch (RuntimeException e) {
            log.error(
                    "verifier {} failed on request {}, which is refused",
                    verifier.getClass().getName(),
                    request.id(),
                    e);
            return Refusal.of(Reason.VERIFIER_ERROR);
        }
    }

    private static Verdict offered(PaymentRequest request, VerificationContext context) {
        String type = request.type().code();
        return Ledger.offers(request.type())
                ? Verdict.accept()
                : new Verdict(new Refusal(
                        Reason.OPERATION_UNSUPPORTED, "type", "operation " + type + " is not offered here"));
    }
}
