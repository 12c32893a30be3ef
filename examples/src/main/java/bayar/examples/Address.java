package bayar.examples;

import bayar.BayarException;
import java.net.URI;

/** Where a server is: {@code ws://host:port} or {@code tcp://host:port}. */
record Address(boolean isWebSocket, String host, int port, URI uri) {

    /** @throws BayarException if {@code uri} is not such an address */
    static Address of(URI uri) {
        String scheme = uri.getScheme();
        boolean webSocket = "ws".equals(scheme);
        if ((!webSocket && !"tcp".equals(scheme)) || uri.getHost() == null || uri.getPort() < 1) {
            throw new BayarException("--url " + uri + " is not ws://host:port or tcp://host:port");
        }
        String host = uri.getHost();
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new Address(webSocket, bracketed ? host.substring(1, host.length() - 1) : host, uri.getPort(), uri);
    }
}
