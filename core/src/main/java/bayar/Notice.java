package bayar;

/**
 * What an authentic {@link Notification} tells.
 *
 * @param key the key of the {@linkplain Attempt#key() attempt} that it is about
 * @param outcome what became of that
 */
public record Notice(String key, Outcome outcome) {}
