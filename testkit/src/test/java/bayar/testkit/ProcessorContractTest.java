package bayar.testkit;

import static bayar.testkit.Behavior.approves;
import static bayar.testkit.Behavior.approvesOtherwise;
import static bayar.testkit.Behavior.declines;
import static bayar.testkit.Behavior.forgets;
import static bayar.testkit.Behavior.says;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bayar.Attempt;
import bayar.Capabilities;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.Operation;
import bayar.Outcome;
import bayar.ProcessorTraits;
import bayar.Reason;
import bayar.testkit.ProcessorContract.Cut;
import bayar.testkit.ScriptedProcessor.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A processor that breaks its contract in one way fails the test of that way. */
class ProcessorContractTest {
    private static final Money NINE = Money.of(9, "MYR");

    @FunctionalInterface
    private interface Promise {
        void run(OverScriptedProcessor contract);
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                broken(
                        "charges but says another amount",
                        new ScriptedProcessor().byDefault(approves().answering(Outcome.approved(NINE))),
                        OverScriptedProcessor::anApprovedPaymentIsChargedOnceForWhatWasAsked),
                broken(
                        "charges another amount",
                        new ScriptedProcessor().byDefault(approvesOtherwise(NINE)),
                        OverScriptedProcessor::anApprovedPaymentIsChargedOnceForWhatWasAsked),
                broken(
                        "charges and says declined",
                        new ScriptedProcessor()
                                .when(payment -> true, approves().answering(Outcome.declined(Reason.SUSPECTED_FRAUD))),
                        OverScriptedProcessor::aDeclinedPaymentIsNotCharged),
                broken(
                        "never answers",
                        new ScriptedProcessor().byDefault(approves().neverAnswered()),
                        OverScriptedProcessor::anApprovedPaymentIsChargedOnceForWhatWasAsked),
                broken(
                        "fails",
                        new ScriptedProcessor().byDefault(approves().failing()),
                        OverScriptedProcessor::anApprovedPaymentIsChargedOnceForWhatWasAsked),
                broken(
                        "returns null",
                        new ScriptedProcessor().byDefault(approves().returningNull()),
                        OverScriptedProcessor::anApprovedPaymentIsChargedOnceForWhatWasAsked),
                broken(
                        "forgets",
                        new ScriptedProcessor().byDefault(Kind.INQUIRE, forgets()),
                        OverScriptedProcessor::anInquiryTellsOfAnApprovalWhatTheCallTold),
                broken(
                        "says of what was declined that it was approved",
                        new ScriptedProcessor().byDefault(Kind.INQUIRE, says(Outcome.approved(NINE))),
                        OverScriptedProcessor::anInquiryTellsOfADeclineThatItWasNotDone),
                broken(
                        "is sure of what was never sent",
                        new ScriptedProcessor().byDefault(Kind.INQUIRE, says(Outcome.notExecuted("none"))),
                        OverScriptedProcessor::anInquiryAboutWhatWasNeverSentIsNoEvidence),
                broken(
                        "charges a key twice",
                        new ScriptedProcessor().repeats(true),
                        OverScriptedProcessor::whatIsSentTwiceIsChargedOnceAndToldTheSame),
                broken(
                        "charges a key twice",
                        new ScriptedProcessor().repeats(true),
                        OverScriptedProcessor::whatIsSentManyTimesAtOnceIsChargedOnce),
                broken(
                        "declines a key that it charged",
                        new ScriptedProcessor().next(approves(), says(Outcome.declined(Reason.DO_NOT_HONOR))),
                        OverScriptedProcessor::whatIsSentTwiceIsChargedOnceAndToldTheSame),
                broken(
                        "acknowledges a reversal that it did not do",
                        new ScriptedProcessor().byDefault(Kind.REVERSE, says(Outcome.reversed())),
                        OverScriptedProcessor::aReversalUndoesWhatWasDoneAndCanBeRepeated),
                broken(
                        "reverses once",
                        new ScriptedProcessor().next(Kind.REVERSE, approves(), says(Outcome.notFound())),
                        OverScriptedProcessor::aReversalUndoesWhatWasDoneAndCanBeRepeated),
                broken(
                        "does what was reversed before",
                        new ScriptedProcessor().byDefault(Kind.REVERSE, says(Outcome.reversed())),
                        OverScriptedProcessor::whatWasReversedBeforeItArrivedIsNeverDone),
                broken(
                        "does what was reversed while it was at work",
                        new ScriptedProcessor().byDefault(Kind.REVERSE, says(Outcome.reversed())),
                        OverScriptedProcessor::aReversalThatIsAcknowledgedHoldsThoughThePaymentIsStillAtWork),
                broken(
                        "reverses without vouching for it",
                        new ScriptedProcessor().vouchesFor(Capabilities.NONE),
                        OverScriptedProcessor::aReversalThatIsNotVouchedForIsNoEvidence),
                broken(
                        "cannot capture",
                        declining(Operation.CAPTURE),
                        OverScriptedProcessor::capturesTakePartsOfAnAuthorization),
                broken("cannot void", declining(Operation.VOID), OverScriptedProcessor::aVoidReleasesAnAuthorization),
                broken(
                        "cannot refund",
                        declining(Operation.REFUND),
                        OverScriptedProcessor::refundsGiveBackPartsOfASale));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void aBrokenOneFails(String how, ScriptedProcessor card, Promise promise) {
        OverScriptedProcessor contract = new Impatient(card);
        assertThrows(AssertionError.class, () -> promise.run(contract));
    }

    @Test
    void onesThatBelieveAnyNotification() {
        assertThrows(AssertionError.class, new Gullible()::aChangedNotificationIsRefused);
        assertThrows(AssertionError.class, new Gullible()::whatIsNoNotificationIsRefused);
    }

    @Test
    void onesThatAreSureOfACallThatWasCut() {
        for (Cut cut : Cut.values()) {
            OverScriptedProcessor contract = new Impatient(new ScriptedProcessor()) {
                @Override
                protected boolean cutNextCall(Cut where) {
                    Outcome sure = Outcome.declined(Reason.DO_NOT_HONOR);
                    card.next(
                            cut == Cut.BEFORE_THE_EFFECT
                                    ? says(sure)
                                    : approves().answering(sure));
                    return true;
                }
            };
            assertThrows(
                    AssertionError.class,
                    cut == Cut.BEFORE_THE_EFFECT
                            ? contract::aCallThatNeverArrivesIsNeitherDoneNorDeclined
                            : contract::aCallWhoseAnswerNeverArrivesIsNotToldAsCertain);
        }
    }

    private static class Impatient extends OverScriptedProcessor {
        Impatient(ScriptedProcessor card) {
            super(card);
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(200);
        }
    }

    /** Does not look at the signature, but at the first word. */
    private static final class Gullible extends OverScriptedProcessor {
        Gullible() {
            super(new ScriptedProcessor());
        }

        @Override
        protected ProcessorTraits processor() {
            return new RelayedProcessor(card) {
                @Override
                CompletionStage<Outcome> call(Kind kind, Attempt attempt, Supplier<CompletionStage<Outcome>> relayed) {
                    return relayed.get();
                }

                @Override
                public Notice read(Notification notification) {
                    String body = new String(notification.body(), StandardCharsets.UTF_8);
                    String key = body.lines().findFirst().orElse("").replace("key ", "");
                    return new Notice(key, Outcome.approved(Money.of(12_50, "MYR")));
                }
            };
        }
    }

    private static ScriptedProcessor declining(Operation type) {
        return new ScriptedProcessor().when(payment -> payment.type() == type, declines(Reason.DO_NOT_HONOR));
    }

    private static Arguments broken(String how, ScriptedProcessor card, Promise promise) {
        return Arguments.of(how, card, promise);
    }
}
