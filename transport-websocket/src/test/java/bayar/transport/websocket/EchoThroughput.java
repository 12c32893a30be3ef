package bayar.transport.websocket;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/**
 * How many messages a second are echoed by this transport and by Java-WebSocket's own server, side by side in one run: 64
 * connections with 1 and with 16 messages of 256 bytes in flight each. Run by hand:
 *
 * <pre>java -cp … bayar.transport.websocket.EchoThroughput [rounds] [seconds for each]</pre>
 *
 * The client is the same for both, a thread for each connection, and takes its share of the processors.
 */
final class EchoThroughput {
    private static final int CONNECTIONS = 64;
    private static final int MESSAGE_BYTES = 256;

    private EchoThroughput() {}

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        WebSocketTransport ours = WebSocketTransport.on(0);
        ours.start((exchange, message) -> exchange.reply(message));
        LibraryServer theirs = new LibraryServer();
        theirs.start();
        theirs.started.await();
        InetSocketAddress theirAddress = new InetSocketAddress(InetAddress.getLoopbackAddress(), theirs.getPort());
        System.out.println("this transport on port " + ours.address().getPort() + ", WebSocketServer on port "
                + theirAddress.getPort());
        for (int inFlight : new int[] {1, 16}) {
            for (int round = 0; round < rounds; round++) {
                long our = measure(ours.address(), inFlight, seconds);
                long their = measure(theirAddress, inFlight, seconds);
                System.out.printf(
                        "%d connections x %2d: this transport %,9d/s   WebSocketServer %,9d/s   ratio %.2f%n",
                        CONNECTIONS, inFlight, our, their, (double) our / their);
            }
        }
        ours.close();
        theirs.stop();
    }

    private static long measure(InetSocketAddress server, int inFlight, int seconds) throws Exception {
        AtomicLong echoed = new AtomicLong();
        long warmUntil = System.nanoTime() + 1_000_000_000L;
        long until = warmUntil + seconds * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Thread thread = new Thread(() -> {
                try (RawClient client = RawClient.open(server)) {
                    run(client, inFlight, warmUntil, until, echoed);
                } catch (IOException e) {
                    System.out.println("  a connection to port " + server.getPort() + " failed: " + e.getMessage());
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return echoed.get() / seconds;
    }

    private static void run(RawClient client, int inFlight, long warmUntil, long until, AtomicLong echoed)
            throws IOException {
        byte[] frame = ClientFrames.frame(ClientFrames.BINARY, new byte[MESSAGE_BYTES]);
        OutputStream out = client.socket.getOutputStream();
        DataInputStream in = new DataInputStream(new BufferedInputStream(client.socket.getInputStream(), 64 * 1024));
        ByteBuffer burst = ByteBuffer.allocate(inFlight * frame.length);
        for (int i = 0; i < inFlight; i++) {
            burst.put(frame);
        }
        out.write(burst.array());
        int echoBytes = 4 + MESSAGE_BYTES;
        long counted = 0;
        for (long now = System.nanoTime(); now < until; now = System.nanoTime()) {
            in.skipNBytes(echoBytes);
            int count = 1;
            // As many as have come, so that requests leave as they would from a client that pipelines.
            while (count < inFlight && in.available() >= echoBytes) {
                in.skipNBytes(echoBytes);
                count++;
            }
            out.write(burst.array(), 0, count * frame.length);
            if (now >= warmUntil) {
                counted += count;
            }
        }
        echoed.addAndGet(counted);
    }

    private static final class LibraryServer extends WebSocketServer {
        final CountDownLatch started = new CountDownLatch(1);

        LibraryServer() {
            super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }

        @Override
        public void onOpen(WebSocket connection, ClientHandshake handshake) {}

        @Override
        public void onClose(WebSocket connection, int code, String reason, boolean remote) {}

        @Override
        public void onMessage(WebSocket connection, String message) {
            connection.send(message);
        }

        @Override
        public void onMessage(WebSocket connection, ByteBuffer message) {
            connection.send(message);
        }

        @Override
        public void onError(WebSocket connection, Exception failure) {
            System.err.println("WebSocketServer: " + failure);
        }

        @Override
        public void onStart() {
            started.countDown();
        }
    }
}
