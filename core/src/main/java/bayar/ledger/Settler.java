package bayar.ledger;

import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Status;
import bayar.ledger.TransitionTable.Accounts;
import bayar.ledger.TransitionTable.Effect;
import bayar.ledger.TransitionTable.Row;
import bayar.ledger.TransitionTable.Standing;
import bayar.ledger.TransitionTable.Told;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Brings payments that a processor does to their end, by what is told of them. Each change is a record of its own. */
final class Settler {
    private final Books books;
    private final long authorizationLifetimeMillis;

    Settler(Books books, long authorizationLifetimeMillis) {
        this.books = books;
        this.authorizationLifetimeMillis = authorizationLifetimeMillis;
    }

    Settlement settle(PaymentRecord payment, Evidence evidence, long timeMillis) {
        Outcome outcome = evidence.outcome();
        Told told = told(payment, evidence, timeMillis);
        Standing standing = Standing.of(payment.reason());
        if (evidence.source() == Source.OPERATOR) {
            requireInDoubt(payment, "resolved");
            standing = Standing.IN_DOUBT;
        }
        Effect effect = TransitionTable.effect(told, standing);
        if (evidence.source() == Source.OPERATOR && effect != Effect.SETTLES) {
            throw new BayarException("payment " + payment.request().id() + " cannot be resolved as " + outcome.kind()
                    + (outcome.amount() == null ? "" : " for " + outcome.amount())
                    + ": only a sale or an authorize may be done for a part, and the account credited must have room; it"
                    + " is about " + amount(payment));
        }
        Reason doubt = told == Told.APPROVED_OTHERWISE ? Reason.INTEGRITY_MISMATCH : reasonOfDoubt(outcome);
        PaymentRecord now = switch (effect) {
            case SETTLES -> finish(payment, outcome, notes(evidence), timeMillis);
            case DOUBTS -> doubt(payment, doubt, notes(evidence), timeMillis);
            case CONTRADICTS -> contradict(payment, told, notes(evidence), timeMillis);
            case NONE -> payment;
        };
        return new Settlement(now, now != payment);
    }

    private Told told(PaymentRecord payment, Evidence evidence, long timeMillis) {
        Outcome outcome = evidence.outcome();
        return switch (outcome.kind()) {
            case APPROVED ->
                isFor(payment, outcome) && hasRoom(payment, outcome) ? Told.APPROVED : Told.APPROVED_OTHERWISE;
            case DECLINED -> Told.DECLINED;
            case NOT_EXECUTED -> Told.NOT_EXECUTED;
            case REVERSED -> Told.REVERSED;
            case NOT_FOUND -> isPastFinality(payment, evidence, timeMillis) ? Told.NEVER_ARRIVED : Told.NOTHING;
            case UNKNOWN, NOT_SUPPORTED -> Told.NOTHING;
        };
    }

    /** Whether it was approved for an amount that it may be approved for, or was approved for before. */
    private boolean isFor(PaymentRecord payment, Outcome outcome) {
        Money approved = outcome.amount();
        Money decided = amount(payment);
        if (approved == null || !approved.currency().equals(decided.currency())) {
            return false;
        }
        boolean isPart = outcome.reason() == Reason.APPROVED_PARTIAL;
        if (payment.status().isFinal() || !isPart) {
            return approved.minor() == decided.minor();
        }
        boolean mayBePart = row(payment).accounts() == Accounts.OF_REQUEST;
        return mayBePart && approved.minor() > 0 && approved.minor() < decided.minor();
    }

    /** Whether the account credited can still take it: others may have filled it since the payment was taken on. */
    private boolean hasRoom(PaymentRecord payment, Outcome outcome) {
        boolean moves =
                row(payment).money() == MoneyEffect.MOVED && !payment.status().isFinal();
        return !moves
                || payment.credited() == null
                || outcome.amount() == null
                || outcome.amount().minor() <= books.require(payment.credited()).creditable();
    }

    /**
     * Whether it could not arrive any more when it was asked about. What is asked to be done is not asked about; and what was
     * told to be done, for another amount, has arrived, whoever has forgotten it.
     */
    private static boolean isPastFinality(PaymentRecord payment, Evidence evidence, long timeMillis) {
        long sinceMillis = payment.course().doubtMillis();
        Duration waited = Duration.ofMillis(Math.min(timeMillis, evidence.askedMillis()) - sinceMillis);
        return sinceMillis > 0
                && evidence.source() != Source.PROCESS
                && (evidence.source() == Source.OPERATOR || payment.reason() != Reason.INTEGRITY_MISMATCH)
                && waited.compareTo(evidence.finalityWindow()) >= 0;
    }

    private static Reason reasonOfDoubt(Outcome outcome) {
        return outcome.reason().status() == Status.IN_DOUBT ? outcome.reason() : Reason.PROCESSOR_ERROR;
    }

    private static int bit(Told told) {
        return 1 << told.ordinal();
    }

    /** The one answer is there: what was reserved is given back, and when it was done the money follows. */
    private PaymentRecord finish(PaymentRecord payment, Outcome outcome, Map<String, String> notes, long timeMillis) {
        Reason reason = outcome.reason();
        boolean isDone = reason.status() == Status.APPROVED;
        Money amount = isDone && outcome.amount() != null ? outcome.amount() : amount(payment);
        Row row = row(payment);
        Money asked = payment.request().amount();
        long reservedMinor = asked == null ? 0 : asked.minor();
        Execution execution = Execution.of(books, row, payment.debited(), payment.credited(), books.original(payment))
                .giveBack(reservedMinor);
        PaymentSums begun = PaymentSums.NONE;
        MoneyEffect money = MoneyEffect.NOT_MOVED;
        if (isDone) {
            begun = execution.execute(asked == null ? 0 : amount.minor());
            money = row.money();
        }
        if (Execution.counts(row)) {
            uncount(execution, payment.takenMillis(), reservedMinor - (isDone ? amount.minor() : 0), isDone);
        }
        long expiresMillis = begun.open() > 0 ? timeMillis + authorizationLifetimeMillis : 0;
        PaymentRecord step =
                append(Operation.OUTCOME, payment, reason, money, amount, notes, timeMillis, expiresMillis);
        return change(payment, step, begun, notes, payment.course().doubtMillis());
    }

    /** What did not come to be does not count against the payer's limits. */
    private void uncount(Execution execution, long takenMillis, long minor, boolean isDone) {
        Account payer = books.require(execution.debited());
        Spending spending = payer.spending().minus(minor, takenMillis);
        books.change(payer.withSpending(isDone ? spending : spending.minusOne(takenMillis)));
    }

    private PaymentRecord doubt(PaymentRecord payment, Reason reason, Map<String, String> notes, long timeMillis) {
        if (payment.reason() == reason) {
            return payment;
        }
        PaymentRecord step =
                append(Operation.OUTCOME, payment, reason, MoneyEffect.UNKNOWN, amount(payment), notes, timeMillis, 0);
        long since = payment.course().doubtMillis();
        return change(payment, step, payment.sums(), notes, since > 0 ? since : timeMillis);
    }

    private PaymentRecord contradict(PaymentRecord payment, Told told, Map<String, String> notes, long timeMillis) {
        if ((payment.course().contradicted() & bit(told)) != 0) {
            return payment;
        }
        Map<String, String> notesOfTold = new LinkedHashMap<>(notes);
        notesOfTold.put("told", told.name().toLowerCase(Locale.ROOT));
        remark(Operation.ANOMALY, payment, notesOfTold, timeMillis);
        Course course = payment.course();
        return remarked(payment, course.anomalies() | bit(told), course.contradicted() | bit(told));
    }

    /** Records that it will be undone; only then may the processor be told to. */
    Settlement reverse(PaymentRecord payment, @Nullable String operator, String note, long timeMillis) {
        if (payment.reason() == Reason.BEING_REVERSED) {
            return new Settlement(payment, false);
        }
        requireInDoubt(payment, "reversed");
        Source source = operator == null ? Source.ENGINE : Source.OPERATOR;
        Map<String, String> notes = notes(source, operator, note, null);
        PaymentRecord step = append(
                Operation.REVERSAL,
                payment,
                Reason.BEING_REVERSED,
                MoneyEffect.UNKNOWN,
                amount(payment),
                notes,
                timeMillis,
                0);
        PaymentRecord now =
                change(payment, step, payment.sums(), notes, payment.course().doubtMillis());
        return new Settlement(now, true);
    }

    /** Records that an operator has dealt with what contradicts the outcome. */
    Settlement acknowledge(PaymentRecord payment, String operator, String note, long timeMillis) {
        if (payment.course().anomalies() == 0) {
            throw new BayarException("payment " + payment.request().id() + " has no anomaly to acknowledge");
        }
        remark(Operation.ACKNOWLEDGEMENT, payment, notes(Source.OPERATOR, operator, note, null), timeMillis);
        return new Settlement(remarked(payment, 0, payment.course().contradicted()), true);
    }

    private static void requireInDoubt(PaymentRecord payment, String done) {
        if (payment.status() != Status.IN_DOUBT) {
            throw new BayarException("payment " + payment.request().id() + " is "
                    + payment.status().code() + "; only what is in doubt can be " + done);
        }
    }

    private PaymentRecord remarked(PaymentRecord payment, int anomalies, int contradicted) {
        Course course = payment.course();
        PaymentRecord now = payment.withCourse(new Course(
                course.step(),
                course.takenMillis(),
                course.doubtMillis(),
                course.amount(),
                course.reference(),
                anomalies,
                contradicted));
        books.change(now);
        return now;
    }

    private PaymentRecord change(
            PaymentRecord payment, PaymentRecord step, PaymentSums sums, Map<String, String> notes, long doubtMillis) {
        Course course = payment.course();
        String reference = notes.get("reference");
        Course newCourse = new Course(
                step.sequence(),
                payment.takenMillis(),
                doubtMillis,
                step.request().amount(),
                reference != null ? reference : course.reference(),
                course.anomalies(),
                course.contradicted());
        PaymentRecord now = payment.after(step, sums, newCourse);
        books.change(now);
        return now;
    }

    /** A record that changes nothing. */
    private void remark(Operation type, PaymentRecord payment, Map<String, String> notes, long timeMillis) {
        append(
                type,
                payment,
                payment.reason(),
                payment.money(),
                amount(payment),
                notes,
                timeMillis,
                payment.expiresMillis());
    }

    private PaymentRecord append(
            Operation type,
            PaymentRecord payment,
            Reason reason,
            MoneyEffect money,
            Money amount,
            Map<String, String> notes,
            long timeMillis,
            long expiresMillis) {
        long sequence = books.nextSequence();
        PaymentRequest request = PaymentRequest.builder(StepId.of(type.code(), payment.sequence(), sequence), type)
                .payment(payment.request().id())
                .amount(amount)
                .metadata(notes)
                .build();
        // Without accounts no money follows from a record.
        boolean isRemark = type == Operation.ANOMALY || type == Operation.ACKNOWLEDGEMENT;
        return books.append(new PaymentRecord(
                sequence,
                timeMillis,
                Ledger.PRINCIPAL,
                request,
                reason,
                money,
                isRemark ? null : payment.debited(),
                isRemark ? null : payment.credited(),
                PaymentSums.NONE,
                expiresMillis));
    }

    /** How much it is about: what was decided, else what was asked for, else what is reserved to be released. */
    Money amount(PaymentRecord payment) {
        Money amount = payment.amount();
        if (amount != null) {
            return amount;
        }
        PaymentRecord original = books.original(payment);
        if (original == null || original.amount() == null) {
            throw new BayarException("payment " + payment.request().id() + " is about no amount");
        }
        return new Money(original.sums().capturing(), original.amount().currency());
    }

    private static Row row(PaymentRecord payment) {
        return TransitionTable.require(payment.request());
    }

    private static Map<String, String> notes(Evidence evidence) {
        Outcome outcome = evidence.outcome();
        String note = outcome.note();
        if (outcome.kind() == Outcome.Kind.APPROVED && outcome.amount() != null) {
            String approved = "approved " + outcome.amount().minor() + " "
                    + outcome.amount().currency();
            note = note == null ? approved : approved + "; " + note;
        }
        return notes(evidence.source(), evidence.operator(), note, outcome.reference());
    }

    private static Map<String, String> notes(
            Source source, @Nullable String operator, @Nullable String note, @Nullable String reference) {
        Map<String, String> notes = new LinkedHashMap<>();
        notes.put("source", source.code());
        if (operator != null) {
            notes.put("operator", operator);
        }
        if (note != null) {
            notes.put("note", note);
        }
        if (reference != null) {
            notes.put("reference", reference);
        }
        return notes;
    }
}
