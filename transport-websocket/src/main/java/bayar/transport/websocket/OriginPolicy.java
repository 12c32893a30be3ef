package bayar.transport.websocket;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which web pages may connect. Browsers name the page's origin, other clients send none; so this protects people whose
 * browser is turned against them, and nobody else.
 *
 * <p>A page may connect when its origin was listed, or when it came from the host that it connects to. On a listener on
 * the loopback interface that host must be a loopback name too: else a page whose own name was made to point to 127.0.0.1
 * (DNS rebinding) would pass as coming from the same host.
 */
final class OriginPolicy {
    /** Lists every origin. */
    static final String ANY = "*";

    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|[a-z0-9.-]+\\.localhost|127(\\.\\d{1,3}){3}|\\[::1\\]");
    private static final Pattern PORT = Pattern.compile(":\\d{0,5}$");

    private final Set<String> listed;
    private final boolean isLoopback;

    OriginPolicy(Set<String> listed, boolean isLoopback) {
        this.listed = listed.stream().map(OriginPolicy::lower).collect(Collectors.toUnmodifiableSet());
        this.isLoopback = isLoopback;
    }

    /** Whether a page of this origin may connect to this host, both as they stand in the headers. */
    boolean permits(String origin, String host) {
        if (listed.contains(ANY) || listed.contains(lower(origin))) {
            return true;
        }
        int authority = origin.indexOf("://");
        if (authority <= 0) {
            return false;
        }
        String from = hostName(origin.substring(authority + 3));
        return from.equals(hostName(host))
                && (!isLoopback || LOOPBACK.matcher(from).matches());
    }

    private static String hostName(String authority) {
        return lower(PORT.matcher(authority).replaceFirst(""));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
