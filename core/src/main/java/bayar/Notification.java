package bayar;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message that came in of its own accord and claims to tell what happened outside; not verified yet.
 *
 * @param headers what came with it, by names whose case does not matter
 * @param body its bytes; not to be changed
 */
public record Notification(Map<String, String> headers, byte[] body) {
    /** A notification with these headers. */
    public Notification {
        Map<String, String> byName = new TreeMap<>();
        headers.forEach((name, value) -> byName.put(name.toLowerCase(Locale.ROOT), value));
        headers = Map.copyOf(byName);
    }

    /** The header of this name, in any case, or null when there is none. */
    public @Nullable String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }
}
