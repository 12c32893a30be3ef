package bayar;

import java.util.Objects;

/**
 * What an authentic {@link Notification} tells.
 *
 * @param key the key of the {@linkplain Attempt#key() attempt} that it is about
 * @param outcome what became of that
 */
public record Notice(String key, Outcome outcome) {
    /** What a notification tells; neither part is null. */
    public Notice {
        Objects.requireNonNull(key, "a notice needs the key of the attempt that it is about");
        Objects.requireNonNull(outcome, "a notice needs an outcome");
    }
}
