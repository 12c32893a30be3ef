package bayar.monitor;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** HTTP by hand, for requests that no well-behaved client sends. */
record RawHttp(int status, Map<String, String> headers, String body) {
    /** Sends these lines, and {@code Connection: close}, with nothing added or put right. */
    static RawHttp send(URI to, String body, String... head) throws IOException {
        try (Socket socket = open(to)) {
            String text = String.join("\r\n", head) + "\r\nConnection: close\r\n"
                    + (body.isEmpty() ? "" : "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n")
                    + "\r\n" + body;
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return read(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static Socket open(URI to) throws IOException {
        Socket socket = new Socket(to.getHost(), to.getPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static RawHttp read(String text) throws IOException {
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no HTTP: " + text);
        }
        List<String> lines = text.substring(0, end).lines().toList();
        Map<String, String> headers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new RawHttp(Integer.parseInt(lines.get(0).split(" ", -1)[1]), headers, text.substring(end + 4));
    }

    @Nullable
    String header(String name) {
        return headers.get(name);
    }
}
