package bayar.monitor;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what at the monitor's door. On loopback everybody may look; elsewhere whoever brings the token, as a bearer
 * or as the password that a browser asks for. Only the bearer may change anything, since a browser sends a password by
 * itself, also when another page makes it. Immutable.
 */
final class Access {
    private static final String BEARER = "Bearer ";
    private static final String BASIC = "Basic ";
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");

    private final byte @Nullable [] token;
    private final boolean isOpen;
    private final boolean isAnyHost;
    private final Set<String> hosts = new HashSet<>(LOOPBACK);

    /**
     * @param address where the door listens
     * @param host what it was told to listen on, by name or number
     * @param token the operator's, or null when nothing can be changed; not null unless the address is loopback
     */
    Access(InetSocketAddress address, String host, @Nullable String token) {
        this.token = token == null ? null : token.getBytes(StandardCharsets.UTF_8);
        isOpen = address.getAddress().isLoopbackAddress();
        isAnyHost = address.getAddress().isAnyLocalAddress();
        String name = host.toLowerCase(Locale.ROOT);
        hosts.add(name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name);
    }

    /** Whether looking takes the token. */
    boolean isGuarded() {
        return !isOpen;
    }

    /** Whether anything can be changed at all. */
    boolean hasToken() {
        return token != null;
    }

    /**
     * Whether the request was meant for this door. A page of another site can have its own name lead here (DNS rebinding)
     * and then read what it likes; but its name is what the browser sends. Where every name is ours the token keeps such
     * a page out.
     */
    boolean isOwnHost(Headers headers) {
        String host = headers.getFirst("Host");
        if (host == null || host.isEmpty()) {
            return false;
        }
        return isAnyHost || hosts.contains(withoutPort(host.toLowerCase(Locale.ROOT)));
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
    }

    /** Whether a page of another site, or of another port, has made a browser ask. */
    static boolean isOfAnotherSite(Headers headers) {
        String site = headers.getFirst("Sec-Fetch-Site");
        if (site != null) {
            return !OWN_SITE.contains(site);
        }
        String origin = headers.getFirst("Origin");
        return origin != null
                && !origin.equals("http://" + headers.getFirst("Host"))
                && !origin.equals("https://" + headers.getFirst("Host"));
    }

    boolean mayLook(Headers headers) {
        return isOpen || mayChange(headers) || bringsPassword(headers);
    }

    boolean mayChange(Headers headers) {
        String given = headers.getFirst("Authorization");
        return given != null && given.startsWith(BEARER) && isToken(given.substring(BEARER.length()));
    }

    private boolean bringsPassword(Headers headers) {
        String given = headers.getFirst("Authorization");
        if (given == null || !given.startsWith(BASIC)) {
            return false;
        }
        try {
            byte[] decoded =
                    Base64.getDecoder().decode(given.substring(BASIC.length()).trim());
            String both = new String(decoded, StandardCharsets.UTF_8);
            return isToken(both.substring(both.indexOf(':') + 1));
        } catch (IllegalArgumentException e) {
            // No base64, so no password.
            return false;
        }
    }

    private boolean isToken(String given) {
        return token != null && MessageDigest.isEqual(token, given.getBytes(StandardCharsets.UTF_8));
    }
}
