package bayar.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Refusal;
import bayar.VerificationContext;
import bayar.Verifier;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifiersTest {
    private static final Instant NOW = Instant.parse("2026-11-23T09:00:00.500Z");
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice", "acct-*");

    @ParameterizedTest(name = "signed {0} ms from now, deadline {1} ms from now: {2}")
    @CsvSource({
        "0, 30000, accepted",
        "-300000, 30000, accepted",
        "-300001, 30000, stale",
        "-86400000, 30000, stale",
        "60000, 90000, accepted",
        "60001, 90000, stale",
        "86400000, 86430000, stale",
        "-1000, 1, accepted",
        "-1000, 0, deadline_exceeded",
        "-1000, -1, deadline_exceeded",
        "-300001, -1, stale",
        ", 1, accepted",
        ", 0, deadline_exceeded",
        ", , accepted",
        "0, , accepted",
        "-300001, , stale"
    })
    void freshnessIsAWindowAndADeadline(Long issuedMillis, Long deadlineMillis, String expected) {
        Instant issuedAt = issuedMillis == null ? null : NOW.plusMillis(issuedMillis);
        Instant deadline = deadlineMillis == null ? null : NOW.plusMillis(deadlineMillis);
        Refusal refusal = refusal(new FreshnessVerifier(), sale("alice", "kedai"), issuedAt, deadline);
        assertEquals(expected, refusal == null ? "accepted" : refusal.reason().code());
        if (refusal != null) {
            assertEquals(refusal.reason() == Reason.STALE ? "iat" : "exp", refusal.field());
        }
    }

    @Test
    void aStaleMessageSaysHowFarOffItIs() {
        Refusal old = refusal(new FreshnessVerifier(), sale("alice", "kedai"), NOW.minusSeconds(412), null);
        assertNotNull(old);
        assertTrue(old.message().startsWith("iat is 412 s behind the engine's clock"), old.message());
        Refusal early = refusal(new FreshnessVerifier(), sale("alice", "kedai"), NOW.plusSeconds(90), null);
        assertNotNull(early);
        assertTrue(early.message().startsWith("iat is 90 s ahead of the engine's clock"), early.message());
    }

    @Test
    void theWindowCanBeChosen() {
        Verifier verifier = new FreshnessVerifier(Duration.ofSeconds(10), Duration.ZERO);
        assertNull(refusal(verifier, sale("alice", "kedai"), NOW.minusSeconds(10), null));
        assertNotNull(refusal(verifier, sale("alice", "kedai"), NOW.minusSeconds(11), null));
        assertNotNull(refusal(verifier, sale("alice", "kedai"), NOW.plusMillis(1), null));
        assertThrows(BayarException.class, () -> new FreshnessVerifier(Duration.ofSeconds(-1), Duration.ZERO));
    }

    @ParameterizedTest(name = "{0} pays {1}: {2}")
    @CsvSource({
        "alice, kedai, accepted",
        "acct-1, kedai, accepted",
        "acct-, kedai, accepted",
        "bob, kedai, payer",
        "alice2, kedai, payer",
        "Alice, kedai, payer",
        "acct, kedai, payer",
        "bayar:opening, kedai, payer",
        "alice, bayar:opening, payee",
        "alice, bob, accepted"
    })
    void onlyGrantedAccountsAreDebited(String payer, String payee, String expected) {
        Refusal refusal = refusal(new GrantVerifier(), sale(payer, payee), null, null);
        assertEquals(expected, refusal == null ? "accepted" : refusal.field());
        if (refusal != null) {
            assertEquals(Reason.NOT_PERMITTED, refusal.reason());
            assertTrue(refusal.message().contains(expected.equals("payer") ? payer : payee), refusal.message());
        }
    }

    @Test
    void aPrincipalWithEveryGrantStillCannotDebitTheEnginesAccounts() {
        Principal all = Principal.named("root").mayDebit("*", "bayar:*");
        VerificationContext context = new VerificationContext(all, null, null, null, NOW, "call");
        assertNotNull(new GrantVerifier()
                .verify(sale("bayar:opening", "kedai"), context)
                .refusal());
        assertNull(new GrantVerifier().verify(sale("anyone", "kedai"), context).refusal());
    }

    @Test
    void whatNamesNoPayerPasses() {
        assertNull(refusal(new GrantVerifier(), PaymentRequest.inquiry("i-1", "p-1"), null, null));
        assertNull(refusal(new GrantVerifier(), PaymentRequest.refund("r-1", "p-1", Money.of(5, "MYR")), null, null));
    }

    private static PaymentRequest sale(String payer, String payee) {
        return PaymentRequest.sale("s-1", payer, payee, Money.of(1250, "MYR"));
    }

    private static Refusal refusal(Verifier verifier, PaymentRequest request, Instant issuedAt, Instant deadline) {
        return verifier.verify(request, new VerificationContext(SHOP, "k1", issuedAt, deadline, NOW, "tcp:[::1]:5"))
                .refusal();
    }
}
