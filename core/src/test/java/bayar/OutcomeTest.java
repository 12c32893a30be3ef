package bayar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeTest {
    private static final Money TEN = Money.of(10, "MYR");

    @ParameterizedTest
    @EnumSource
    void aReasonGoesWithItsKindOnly(Reason reason) {
        boolean isOfTheEngine = reason == Reason.BEING_REVERSED || reason == Reason.STORE_ERROR;
        for (Outcome.Kind kind : Outcome.Kind.values()) {
            Money amount = kind == Outcome.Kind.APPROVED ? TEN : null;
            if (reason.status() == kind.status() && !isOfTheEngine) {
                assertEquals(reason, new Outcome(kind, reason, amount, null, null).reason());
            } else {
                assertThrows(BayarException.class, () -> new Outcome(kind, reason, amount, null, null));
            }
        }
    }

    @Test
    void anApprovalAloneHasAnAmount() {
        assertThrows(BayarException.class, () -> new Outcome(Outcome.Kind.APPROVED, Reason.APPROVED, null, null, null));
        assertThrows(
                BayarException.class, () -> new Outcome(Outcome.Kind.DECLINED, Reason.DO_NOT_HONOR, TEN, null, null));
    }

    @Test
    void onlyWhatIsCertainIsEvidence() {
        assertTrue(Outcome.approved(TEN).isEvidence());
        assertTrue(Outcome.approvedPartly(TEN).isEvidence());
        assertTrue(Outcome.declined(Reason.DO_NOT_HONOR).isEvidence());
        assertTrue(Outcome.notExecuted("never sent").isEvidence());
        assertTrue(Outcome.reversed().isEvidence());
        assertFalse(Outcome.notFound().isEvidence());
        assertFalse(Outcome.notSupported().isEvidence());
        assertFalse(Outcome.unknown("reset").isEvidence());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tab\there", "é", "new\nline"})
    void aReferenceIsPrintable(String reference) {
        assertThrows(BayarException.class, () -> Outcome.approved(TEN).withReference(reference));
    }

    @Test
    void aReferenceHasABound() {
        assertEquals(
                Outcome.MAX_REFERENCE,
                Outcome.approved(TEN)
                        .withReference("r".repeat(Outcome.MAX_REFERENCE))
                        .reference()
                        .length());
        assertThrows(
                BayarException.class, () -> Outcome.approved(TEN).withReference("r".repeat(Outcome.MAX_REFERENCE + 1)));
    }

    @Test
    void aNoteIsCutOffAndMadePrintable() {
        assertEquals("a b c", Outcome.unknown("a\nb\u0000c").note());
        assertEquals("x y", Outcome.unknown("x\ud800y").note(), "half a surrogate pair");
        String smile = "😀".repeat(Outcome.MAX_NOTE + 1);
        assertEquals("😀".repeat(Outcome.MAX_NOTE), Outcome.unknown(smile).note());
    }
}
