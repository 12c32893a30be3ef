package bayar.transport.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** A client on a blocking socket, which gives up after ten seconds. */
final class LineClient implements AutoCloseable {
    final Socket socket = new Socket();
    private final BufferedReader reader;

    LineClient(InetSocketAddress server) throws IOException {
        this(server, 0);
    }

    LineClient(InetSocketAddress server, int receiveBytes) throws IOException {
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.setSoTimeout(30_000);
        socket.connect(server, 10_000);
        reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    LineClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
        return this;
    }

    @Nullable
    String line() throws IOException {
        return reader.readLine();
    }

    /** Reads until the server closes, in order or not. */
    void awaitClose() throws IOException {
        try {
            while (reader.readLine() != null) {
                continue;
            }
        } catch (java.net.SocketException reset) {
            return;
        }
    }

    boolean isClosedByServer() {
        try {
            awaitClose();
            return true;
        } catch (IOException timeout) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
