package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A client of a bare socket, that can do everything wrong. Waits for bytes for 10 seconds at most. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    final Socket socket;

    RawClient(InetSocketAddress server) throws IOException {
        socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(server, PATIENCE_MILLIS);
    }

    /** A client whose handshake is done. */
    static RawClient open(InetSocketAddress server) throws IOException {
        RawClient client = new RawClient(server);
        client.send(ClientFrames.upgrade());
        String head = client.readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError(head);
        }
        return client;
    }

    void send(String text) throws IOException {
        send(text.getBytes(ISO_8859_1));
    }

    void send(byte[]... parts) throws IOException {
        socket.getOutputStream().write(ClientFrames.join(parts));
    }

    /** A response's head, up to and with the empty line. */
    String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                break;
            }
            head.append((char) b);
        }
        return head.toString();
    }

    /** So many bytes. */
    byte[] read(int count) throws IOException {
        return socket.getInputStream().readNBytes(count);
    }

    /** All bytes until the server ends the stream; a reset ends it too, so that lost bytes show in what is there. */
    byte[] readToEnd() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[16 * 1024];
        try {
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                all.write(buffer, 0, count);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server did not close within " + PATIENCE_MILLIS + " ms", e);
        } catch (IOException reset) {
            all.writeBytes("RESET".getBytes(ISO_8859_1));
        }
        return all.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
