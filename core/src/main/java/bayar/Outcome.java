package bayar;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Processor} says happened. Made with one of the factories; anything that is not certain is {@link
 * #unknown}.
 *
 * @param kind what kind of answer this is
 * @param reason the reason to give the client: one whose status is that of the kind, and that is not about the engine
 *     itself ({@link Reason#BEING_REVERSED}, {@link Reason#STORE_ERROR})
 * @param amount the amount that was executed when it is approved, else null
 * @param reference what the processor calls the payment, 1 to {@value #MAX_REFERENCE} printable ASCII characters, or
 *     null; handed back with every later operation on this payment
 * @param note for the operator: what was answered, in a few words without secrets; null when there is nothing to tell.
 *     What is longer than {@value #MAX_NOTE} characters is cut off.
 */
public record Outcome(
        Kind kind,
        Reason reason,
        @Nullable Money amount,
        @Nullable String reference,
        @Nullable String note) {

    /** The longest reference, in characters. */
    public static final int MAX_REFERENCE = 128;

    /** The longest note that is kept, in characters. */
    public static final int MAX_NOTE = 200;

    /** What kinds of answer there are. */
    public enum Kind {
        /** It was done. Evidence. */
        APPROVED(Status.APPROVED),
        /** A business no: it was not done and will not be. Evidence. */
        DECLINED(Status.DECLINED),
        /** Proven not executed, such as never sent. Evidence. */
        NOT_EXECUTED(Status.FAILED),
        /** Undone, or never to be done: the answer to a reversal. Evidence. */
        REVERSED(Status.REVERSED),
        /** The outside world knows no such attempt: evidence only once the finality window is over. */
        NOT_FOUND(Status.FAILED),
        /** Nobody can tell yet. No evidence. */
        UNKNOWN(Status.IN_DOUBT),
        /** The processor does not offer this call. No evidence. */
        NOT_SUPPORTED(Status.IN_DOUBT);

        private final Status status;

        Kind(Status status) {
            this.status = status;
        }

        /** What a payment becomes by such an answer, where it is evidence. */
        public Status status() {
            return status;
        }
    }

    /** @throws BayarException if the reason does not go with the kind, an approval is for no amount or another outcome for one */
    public Outcome {
        if (reason.status() != kind.status()) {
            throw new BayarException("an outcome " + kind + " cannot be for " + reason + ", whose status is "
                    + reason.status() + "; choose a reason whose status is " + kind.status());
        }
        if (reason == Reason.BEING_REVERSED || reason == Reason.STORE_ERROR) {
            throw new BayarException(reason + " is about the engine, no outcome; say " + Reason.PROCESSOR_ERROR);
        }
        if ((kind == Kind.APPROVED) != (amount != null)) {
            throw new BayarException("an outcome " + kind + (amount == null ? " needs the" : " has no") + " amount");
        }
        if (reference != null && !isReference(reference)) {
            throw new BayarException("a reference must be 1 to " + MAX_REFERENCE + " printable ASCII characters");
        }
        if (note != null) {
            note = printable(note);
        }
    }

    /** Done, for all of this amount. */
    public static Outcome approved(Money amount) {
        return new Outcome(Kind.APPROVED, Reason.APPROVED, amount, null, null);
    }

    /** Done, for this part of what was asked for; only an {@code authorize} or a {@code sale} may be. */
    public static Outcome approvedPartly(Money amount) {
        return new Outcome(Kind.APPROVED, Reason.APPROVED_PARTIAL, amount, null, null);
    }

    /** A business no, for this reason, whose status is {@link Status#DECLINED}. */
    public static Outcome declined(Reason reason) {
        return new Outcome(Kind.DECLINED, reason, null, null, null);
    }

    /** It is certain that this was not executed and will not be, such as when no connection could be made. */
    public static Outcome notExecuted(String note) {
        return new Outcome(Kind.NOT_EXECUTED, Reason.NOT_EXECUTED, null, null, note);
    }

    /** The outside world has no such attempt. */
    public static Outcome notFound() {
        return new Outcome(Kind.NOT_FOUND, Reason.NOT_EXECUTED, null, null, null);
    }

    /** The payment is undone, or was never done and never will be. */
    public static Outcome reversed() {
        return new Outcome(Kind.REVERSED, Reason.REVERSED, null, null, null);
    }

    /** Nobody can tell yet what happened. */
    public static Outcome unknown(String note) {
        return unknown(Reason.PROCESSOR_ERROR, note);
    }

    /** Nobody can tell yet what happened, for this reason, whose status is {@link Status#IN_DOUBT}. */
    public static Outcome unknown(Reason reason, String note) {
        return new Outcome(Kind.UNKNOWN, reason, null, null, note);
    }

    /** This processor does not offer the call. */
    public static Outcome notSupported() {
        return new Outcome(Kind.NOT_SUPPORTED, Reason.PROCESSOR_ERROR, null, null, "not supported by the processor");
    }

    /** This outcome, with what the processor calls the payment. */
    public Outcome withReference(String newReference) {
        return new Outcome(kind, reason, amount, newReference, note);
    }

    /** This outcome, with a note for the operator. */
    public Outcome withNote(String newNote) {
        return new Outcome(kind, reason, amount, reference, newNote);
    }

    /** Whether it says for certain what became of the payment, at once. */
    public boolean isEvidence() {
        return kind != Kind.NOT_FOUND && kind != Kind.UNKNOWN && kind != Kind.NOT_SUPPORTED;
    }

    private static boolean isReference(String text) {
        return !text.isEmpty() && text.length() <= MAX_REFERENCE && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private static String printable(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints()
                .limit(MAX_NOTE)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? ' ' : c)
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }
}
