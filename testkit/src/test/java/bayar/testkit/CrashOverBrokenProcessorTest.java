package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Outcome;
import bayar.testkit.ScriptedProcessor.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The tests of crashes see what a broken processor does to a payment. */
class CrashOverBrokenProcessorTest {
    @Test
    void oneThatForgetsWhatItCharged() {
        ScriptedProcessor forgetful = new ScriptedProcessor()
                .byDefault(Kind.INQUIRE, Behavior.forgets())
                .byDefault(Kind.REVERSE, Behavior.says(Outcome.notSupported()));
        assertFails("what the book says", dyingOnce(forgetful)::aPaymentWhoseAnswerIsLostSurvivesEveryCrash);
    }

    @Test
    void oneThatNeverKnows() {
        ScriptedProcessor ignorant = new ScriptedProcessor()
                .byDefault(Kind.INQUIRE, Behavior.says(Outcome.unknown("who knows")))
                .byDefault(Kind.REVERSE, Behavior.says(Outcome.unknown("who knows")));
        assertFails("still", dyingOnce(ignorant)::aPaymentWhoseAnswerIsLostSurvivesEveryCrash);
    }

    private static void assertFails(String because, Executable test) {
        String message = assertThrows(AssertionError.class, test).getMessage();
        assertTrue(message.contains(because), message);
    }

    private static OverScriptedProcessor dyingOnce(ScriptedProcessor card) {
        return new OverScriptedProcessor(card) {
            @Override
            protected int deaths() {
                return 1;
            }

            @Override
            protected Duration patience() {
                return Duration.ofSeconds(1);
            }
        };
    }
}
