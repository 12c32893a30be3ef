package bayar.testkit;

import bayar.Attempt;
import bayar.Outcome;
import bayar.Payment;
import bayar.Reason;
import bayar.testkit.ScriptedProcessor.Entry;
import bayar.testkit.ScriptedProcessor.Entry.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the outside world of a {@link ScriptedProcessor} has done, by attempt key. For one thread at a time. */
final class ScriptedBook {
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Outcome> outcomes = new HashMap<>();

    @Nullable
    Entry entry(String key) {
        return entries.get(key);
    }

    List<Entry> entries() {
        return new ArrayList<>(entries.values());
    }

    /** Does it; what has this key already is done again only if {@code isRepeated}, and never when it was reversed. */
    void execute(Payment payment, Attempt attempt, Outcome outcome, boolean isRepeated) {
        Entry before = entries.get(attempt.key());
        if (before != null && (before.state() != State.DONE || !isRepeated)) {
            return;
        }
        boolean isDone = outcome.kind() == Outcome.Kind.APPROVED;
        boolean isDeclined = outcome.kind() == Outcome.Kind.DECLINED;
        if (!isDone && !isDeclined) {
            return;
        }
        String reference = before != null ? before.reference() : "scripted-" + (entries.size() + 1);
        outcomes.put(attempt.key(), outcome.withReference(reference));
        entries.put(
                attempt.key(),
                new Entry(
                        attempt.key(),
                        payment.type(),
                        isDone ? State.DONE : State.DECLINED,
                        isDone ? 1 + (before == null ? 0 : before.times()) : 0,
                        outcome.amount() != null ? outcome.amount() : payment.amount(),
                        reference,
                        payment.original() == null
                                ? null
                                : payment.original().attempt().key()));
    }

    /** Undoes it, or keeps it from ever being done. What was declined stays so. */
    void reverse(Payment payment, Attempt attempt) {
        Entry before = entries.get(attempt.key());
        if (before == null) {
            execute(payment, attempt, Outcome.declined(Reason.DO_NOT_HONOR), false);
            before = entries.get(attempt.key());
        } else if (before.state() == State.DECLINED) {
            return;
        }
        if (before != null) {
            entries.put(attempt.key(), before.reversed());
        }
    }

    /** The answer to whoever had it done. */
    Outcome afterProcess(String key) {
        Entry entry = entries.get(key);
        Outcome outcome = outcomes.get(key);
        if (entry == null || outcome == null) {
            return Outcome.unknown("nothing was done");
        }
        return entry.state() == State.REVERSED ? Outcome.notExecuted("reversed before") : outcome;
    }

    /** The answer to whoever asks. */
    Outcome afterInquiry(String key) {
        Entry entry = entries.get(key);
        Outcome outcome = outcomes.get(key);
        if (entry == null || outcome == null) {
            return Outcome.notFound();
        }
        return entry.state() == State.REVERSED ? Outcome.reversed() : outcome;
    }

    /** The answer to whoever had it undone. */
    Outcome afterReversal(String key) {
        Entry entry = entries.get(key);
        return entry == null || entry.state() == State.DONE
                ? Outcome.unknown("nothing was reversed")
                : Outcome.reversed();
    }
}
