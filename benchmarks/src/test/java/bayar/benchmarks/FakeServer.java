package bayar.benchmarks;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server over TCP that does with each message what a test says. */
final class FakeServer implements AutoCloseable {
    /** What is done with a message. Called for one message at a time, of all connections together. */
    @FunctionalInterface
    interface Script {
        void take(Received received) throws IOException;
    }

    /** A message, and the connection that it came on. */
    record Received(byte[] message, Socket socket) {
        private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

        /** The id of the payment in it. */
        String id() {
            String[] parts = new String(message, StandardCharsets.US_ASCII).split("\\.");
            Matcher matcher = ID.matcher(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            if (!matcher.find()) {
                throw new IllegalStateException("no id");
            }
            return matcher.group(1);
        }

        void approve() throws IOException {
            reply(approved(id()));
        }

        void reply(String json) throws IOException {
            reply(json.getBytes(StandardCharsets.UTF_8));
        }

        void reply(byte[] bytes) throws IOException {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            byte[] frame = new byte[Integer.BYTES + bytes.length];
            java.nio.ByteBuffer.wrap(frame).putInt(bytes.length).put(bytes);
            out.write(frame);
        }
    }

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final Script script;

    FakeServer(Script script) throws IOException {
        this.script = script;
        daemon(this::accept);
    }

    static String approved(String id) {
        return answer(id, "approved", "approved", false);
    }

    static String answer(String id, String status, String reason, boolean replayed) {
        return "{\"id\":\"" + id + "\",\"status\":\"" + status + "\",\"reason\":\"" + reason
                + "\",\"money\":\"moved\",\"retry\":\"never\",\"replayed\":" + replayed + ",\"sequence\":1}";
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "fake-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                daemon(() -> serve(socket));
            }
        } catch (IOException e) {
            // It is closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                byte[] message = new byte[in.readInt()];
                in.readFully(message);
                synchronized (script) {
                    script.take(new Received(message, socket));
                }
            }
        } catch (IOException e) {
            // The connection is closed.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
