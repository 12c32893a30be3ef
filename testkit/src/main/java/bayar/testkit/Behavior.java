package bayar.testkit;

import bayar.Money;
import bayar.Outcome;
import bayar.Payment;
import bayar.Reason;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the outside world of a {@link ScriptedProcessor} does with a call: what it does in its book, and what it answers.
 * Begins with a factory, and goes on with what is out of the ordinary about it: {@code approves().answeredLate()}. Immutable.
 *
 * <p>What becomes of a payment, such as {@link #declines}, is about calls of {@code process}; an inquiry or a reversal
 * with such a behavior does what it is asked to, and tells what the book says.
 */
public final class Behavior {
    /** How a call is answered. */
    enum Answer {
        TOLD,
        NEVER,
        FAILED,
        THROWN,
        NULL
    }

    /** What waits for the test. */
    enum Hold {
        NOTHING,
        ANSWER,
        EVERYTHING
    }

    private static final Behavior APPROVES = new Behavior(
            payment -> Outcome.approved(payment.amount()), true, null, Answer.TOLD, Hold.NOTHING, Duration.ZERO, false);

    /** What becomes of a payment that is processed. */
    final Function<Payment, Outcome> becomes;

    /** Whether the call does anything in the book. */
    final boolean hasEffect;

    /** What is told instead of what the book says. */
    final @Nullable Outcome told;

    final Answer answer;
    final Hold hold;
    final Duration delay;
    final boolean notifies;

    private Behavior(
            Function<Payment, Outcome> becomes,
            boolean hasEffect,
            @Nullable Outcome told,
            Answer answer,
            Hold hold,
            Duration delay,
            boolean notifies) {
        this.becomes = becomes;
        this.hasEffect = hasEffect;
        this.told = told;
        this.answer = answer;
        this.hold = hold;
        this.delay = delay;
        this.notifies = notifies;
    }

    /** Does what it is asked to, and says so; an inquiry is told what the book says. */
    public static Behavior approves() {
        return APPROVES;
    }

    /** Does this many minor units of what it is asked to, and says so. */
    public static Behavior approvesPartly(long minor) {
        return becoming(payment ->
                Outcome.approvedPartly(new Money(minor, payment.amount().currency())));
    }

    /** Does another amount, or another currency, than it is asked to, and says so. */
    public static Behavior approvesOtherwise(Money amount) {
        return becoming(payment -> Outcome.approved(amount));
    }

    /** Refuses. */
    public static Behavior declines(Reason reason) {
        Outcome declined = Outcome.declined(reason);
        return becoming(payment -> declined);
    }

    /** Does nothing, and says this, be it true or not. */
    public static Behavior says(Outcome outcome) {
        return approves().withoutEffect().answering(outcome);
    }

    /** Is asked, and says that it knows of no such attempt, whatever the book says. */
    public static Behavior forgets() {
        return says(Outcome.notFound());
    }

    /** Does nothing, and never answers. */
    public static Behavior timesOutBeforeTheEffect() {
        return approves().withoutEffect().neverAnswered();
    }

    /** Does what it is asked to, and never answers. */
    public static Behavior timesOutAfterTheEffect() {
        return approves().neverAnswered();
    }

    /** Does nothing, and the answer is a failure. */
    public static Behavior failsBeforeTheEffect() {
        return approves().withoutEffect().failing();
    }

    /** Does what it is asked to, and the answer is a failure. */
    public static Behavior failsAfterTheEffect() {
        return approves().failing();
    }

    private static Behavior becoming(Function<Payment, Outcome> becomes) {
        return new Behavior(becomes, true, null, Answer.TOLD, Hold.NOTHING, Duration.ZERO, false);
    }

    /** This, but nothing is done in the book. */
    public Behavior withoutEffect() {
        return new Behavior(becomes, false, told, answer, hold, delay, notifies);
    }

    /** This, but the answer tells something else than what was done. */
    public Behavior answering(Outcome outcome) {
        return new Behavior(becomes, hasEffect, outcome, Answer.TOLD, hold, delay, notifies);
    }

    /** This, but no answer ever comes. */
    public Behavior neverAnswered() {
        return new Behavior(becomes, hasEffect, told, Answer.NEVER, hold, delay, notifies);
    }

    /** This, but the answer is a failure: the stage completes with an {@link java.io.IOException}. */
    public Behavior failing() {
        return new Behavior(becomes, hasEffect, told, Answer.FAILED, hold, delay, notifies);
    }

    /** This, but the call throws an {@link IllegalStateException}. */
    public Behavior throwing() {
        return new Behavior(becomes, hasEffect, told, Answer.THROWN, hold, delay, notifies);
    }

    /** This, but the call returns null, as none may. */
    public Behavior returningNull() {
        return new Behavior(becomes, hasEffect, told, Answer.NULL, hold, delay, notifies);
    }

    /** This, but nothing happens until the test {@linkplain ScriptedProcessor#release releases} it. */
    public Behavior held() {
        return new Behavior(becomes, hasEffect, told, answer, Hold.EVERYTHING, delay, notifies);
    }

    /** This, but the answer comes only when the test {@linkplain ScriptedProcessor#release releases} it. */
    public Behavior answeredLate() {
        return new Behavior(becomes, hasEffect, told, answer, Hold.ANSWER, delay, notifies);
    }

    /** This, but the answer takes so long; only for a processor that was given a scheduler. */
    public Behavior answeredAfter(Duration newDelay) {
        return new Behavior(becomes, hasEffect, told, answer, hold, newDelay, notifies);
    }

    /** This, and a notification besides that tells what the book says. */
    public Behavior notifying() {
        return new Behavior(becomes, hasEffect, told, answer, hold, delay, true);
    }
}
