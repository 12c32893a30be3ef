package bayar.examples;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that shares no code with Bayar's: a plain socket, or the JDK's WebSocket. */
interface TestPeer extends AutoCloseable {
    int PATIENCE_SECONDS = 30;

    /** Sends one message. */
    void send(byte[] message) throws IOException;

    /** The next reply; throws when the connection ends instead. */
    String receive() throws IOException;

    @Override
    void close() throws IOException;

    default String ask(byte[] message) throws IOException {
        send(message);
        return receive();
    }

    /** Connects to {@code tcp://host:port}, with frames of a four-byte length, or to {@code ws://host:port}. */
    static TestPeer to(String url) throws IOException {
        URI uri = URI.create(url);
        return uri.getScheme().equals("tcp") ? new TcpPeer(new Socket(uri.getHost(), uri.getPort())) : new WsPeer(uri);
    }

    /** A socket. */
    final class TcpPeer implements TestPeer {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;

        TcpPeer(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_SECONDS * 1000);
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
        }

        @Override
        public void send(byte[] message) throws IOException {
            byte[] frame = new byte[4 + message.length];
            frame[0] = (byte) (message.length >>> 24);
            frame[1] = (byte) (message.length >>> 16);
            frame[2] = (byte) (message.length >>> 8);
            frame[3] = (byte) message.length;
            System.arraycopy(message, 0, frame, 4, message.length);
            out.write(frame);
        }

        @Override
        public String receive() throws IOException {
            return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** The JDK's WebSocket. */
    final class WsPeer implements TestPeer, WebSocket.Listener {
        private static final String ENDED = "";

        private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();
        private final WebSocket socket;

        WsPeer(URI uri) {
            socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(uri, this)
                    .join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                replies.add(part.toString());
                part.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            return onText(webSocket, StandardCharsets.UTF_8.decode(data), last);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            replies.add(ENDED);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            replies.add(ENDED);
        }

        @Override
        public void send(byte[] message) throws IOException {
            try {
                String text = new String(message, StandardCharsets.UTF_8);
                boolean isText = Arrays.equals(message, text.getBytes(StandardCharsets.UTF_8));
                (isText ? socket.sendText(text, true) : socket.sendBinary(ByteBuffer.wrap(message), true))
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IOException(e);
            }
        }

        @Override
        public String receive() throws IOException {
            try {
                String reply = replies.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                if (reply == null || reply.equals(ENDED)) {
                    throw new IOException(reply == null ? "no reply" : "the connection has ended");
                }
                return reply;
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
