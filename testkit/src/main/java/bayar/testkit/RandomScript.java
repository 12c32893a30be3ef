package bayar.testkit;

import static bayar.testkit.Behavior.approves;

import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.Reason;
import bayar.testkit.ScriptedProcessor.Call;
import bayar.testkit.ScriptedProcessor.Kind;
import java.util.SplittableRandom;

/**
 * A behavior for each call, by a seed. The same for the same seed, attempt key and number of the call about it, in
 * whatever order threads come along. Never gives false evidence: what is told as certain is what the book says, but for
 * an amount that cannot be right.
 */
final class RandomScript {
    private final long seed;

    RandomScript(long seed) {
        this.seed = seed;
    }

    /** @param earlier how many calls of this kind there were about this attempt before */
    Behavior behavior(Call call, int earlier) {
        SplittableRandom random = new SplittableRandom(seed
                ^ ((long) call.attempt().key().hashCode() << 32)
                ^ (call.kind().ordinal() * 1_000_003L + earlier));
        return call.kind() == Kind.PROCESS ? processed(call.payment(), random) : asked(random);
    }

    private static Behavior processed(Payment payment, SplittableRandom random) {
        Behavior does = switch (random.nextInt(10)) {
            case 0 -> Behavior.declines(Reason.DO_NOT_HONOR);
            case 1 -> Behavior.declines(Reason.SUSPECTED_FRAUD);
            case 2 -> partly(payment, random);
            default -> approves();
        };
        Money more = new Money(payment.amount().minor() + 1, payment.amount().currency());
        return switch (random.nextInt(24)) {
            case 0, 1 -> does.neverAnswered();
            case 2, 3 -> does.withoutEffect().neverAnswered();
            case 4 -> does.failing();
            case 5 -> does.withoutEffect().failing();
            case 6 -> does.throwing();
            case 7 -> does.withoutEffect().throwing();
            case 8 -> does.returningNull();
            case 9 -> does.answering(Outcome.approved(more));
            case 10 -> does.answering(Outcome.unknown("the script does not know"));
            case 11, 12 -> does.answeredLate();
            case 13, 14 -> does.notifying();
            case 15 -> does.neverAnswered().notifying();
            default -> does;
        };
    }

    private static Behavior partly(Payment payment, SplittableRandom random) {
        boolean mayBePart = payment.type() == Operation.AUTHORIZE || payment.type() == Operation.SALE;
        long minor = payment.amount().minor();
        return mayBePart && minor > 1 ? Behavior.approvesPartly(random.nextLong(1, minor)) : approves();
    }

    private static Behavior asked(SplittableRandom random) {
        return switch (random.nextInt(12)) {
            case 0 -> approves().withoutEffect().neverAnswered();
            case 1 -> approves().neverAnswered();
            case 2 -> approves().failing();
            case 3 -> approves().withoutEffect().throwing();
            case 4 -> approves().returningNull();
            case 5 -> approves().answering(Outcome.unknown("the script does not know"));
            case 6 -> approves().answeredLate();
            default -> approves();
        };
    }
}
