package bayar.examples.acquirer;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Decides which call meets which fault. Thread-safe. */
final class Dice {
    private final Random random;
    private final List<Fault> faults;
    private final int[] met;

    Dice(Fault.Mix mix) {
        random = mix.seed() == null ? new Random() : new Random(mix.seed());
        faults = mix.faults();
        met = new int[faults.size()];
    }

    /** What this call meets, or null when all goes well. */
    synchronized @Nullable Fault next(Fault.Call call) {
        for (int i = 0; i < met.length; i++) {
            Fault fault = faults.get(i);
            boolean isFor = call == (fault.on() == null ? Fault.Call.PAYMENT : fault.on());
            boolean isLeft = fault.times() == null || met[i] < fault.times();
            if (isFor && isLeft && random.nextInt(100) < (fault.percent() == null ? 100 : fault.percent())) {
                met[i]++;
                return fault;
            }
        }
        return null;
    }
}
