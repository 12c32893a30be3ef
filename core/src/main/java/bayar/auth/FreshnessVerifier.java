package bayar.auth;

import bayar.BayarException;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Refusal;
import bayar.Verdict;
import bayar.VerificationContext;
import bayar.Verifier;
import java.time.Duration;
import java.time.Instant;

/** Accepts what was signed lately and is still wanted: not long ago, not in the future, and before its deadline. */
public final class FreshnessVerifier implements Verifier {
    /** How long ago a message may have been signed when nothing else is said. */
    public static final Duration DEFAULT_PAST = Duration.ofSeconds(300);

    /** How far in the future a message may have been signed, by clocks that differ, when nothing else is said. */
    public static final Duration DEFAULT_FUTURE = Duration.ofSeconds(60);

    private final Duration past;
    private final Duration future;

    /** With the defaults. */
    public FreshnessVerifier() {
        this(DEFAULT_PAST, DEFAULT_FUTURE);
    }

    /** @throws BayarException if one of the two is negative */
    public FreshnessVerifier(Duration past, Duration future) {
        if (past.isNegative() || future.isNegative()) {
            throw new BayarException("a message may be signed " + past + " before and " + future
                    + " after the engine's time; neither may be negative");
        }
        this.past = past;
        this.future = future;
    }

    @Override
    public Verdict verify(PaymentRequest request, VerificationContext context) {
        Instant now = context.receivedAt();
        Instant issuedAt = context.issuedAt();
        if (issuedAt != null && issuedAt.isBefore(now.minus(past))) {
            return stale(
                    Duration.between(issuedAt, now).toSeconds() + " s behind", "at most " + past.toSeconds() + " s");
        }
        if (issuedAt != null && issuedAt.isAfter(now.plus(future))) {
            return stale(
                    Duration.between(now, issuedAt).toSeconds() + " s ahead of",
                    "at most " + future.toSeconds() + " s");
        }
        Instant deadline = context.deadline();
        if (deadline != null && !now.isBefore(deadline)) {
            return new Verdict(new Refusal(Reason.DEADLINE_EXCEEDED, "exp", Reason.DEADLINE_EXCEEDED.sentence()));
        }
        return Verdict.accept();
    }

    private static Verdict stale(String distance, String allowed) {
        return new Verdict(new Refusal(
                Reason.STALE,
                "iat",
                "iat is " + distance + " the engine's clock, where " + allowed
                        + " may be; check the clock and sign again"));
    }
}
