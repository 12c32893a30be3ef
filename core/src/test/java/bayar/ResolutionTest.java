package bayar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bayar.Resolution.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResolutionTest {
    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "a\u0000", "a\u0085"})
    void nameAndReasonAreWordsOnOneLine(String words) {
        assertThrows(BayarException.class, () -> Resolution.of("shop", "p", Decision.DECLINED, words, "statement"));
        assertThrows(BayarException.class, () -> Resolution.of("shop", "p", Decision.DECLINED, "maria", words));
    }

    @Test
    void nameAndReasonAreShort() {
        Resolution.of("shop", "p", Decision.DECLINED, "m".repeat(64), "b".repeat(200));
        assertThrows(
                BayarException.class, () -> Resolution.of("shop", "p", Decision.DECLINED, "m".repeat(65), "statement"));
        assertThrows(
                BayarException.class, () -> Resolution.of("shop", "p", Decision.DECLINED, "maria", "b".repeat(201)));
    }

    @Test
    void onlyWhatIsApprovedHasAnAmount() {
        Money five = Money.of(5, "MYR");
        new Resolution("shop", "p", Decision.APPROVED, five, "maria", "statement");
        assertThrows(
                BayarException.class, () -> new Resolution("shop", "p", Decision.DECLINED, five, "maria", "statement"));
    }

    @Test
    void everyDecisionHasItsWord() {
        for (Decision decision : Decision.values()) {
            assertEquals(decision, Decision.ofCode(decision.code()));
        }
    }
}
