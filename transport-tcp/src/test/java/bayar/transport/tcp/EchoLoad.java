package bayar.transport.tcp;

import bayar.transport.Exchange;
import java.io.DataInputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures by hand what the loops cost: echoes of 256 bytes, and the round trip beside idle connections.
 *
 * <p>Run it with the test class path: {@code EchoLoad serve [loops]} prints its port, {@code EchoLoad load PORT
 * CONNECTIONS IN_FLIGHT SECONDS} prints echoes a second, {@code EchoLoad idle PORT CONNECTIONS [HOLD_SECONDS]} prints the median round
 * trip beside so many idle connections.
 */
final class EchoLoad {
    private static final int MESSAGE_BYTES = 256;

    private EchoLoad() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "serve" -> serve(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1);
            case "load" ->
                load(
                        Integer.parseInt(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Integer.parseInt(arguments[4]));
            default ->
                idle(
                        Integer.parseInt(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        arguments.length > 3 ? Integer.parseInt(arguments[3]) : 0);
        }
    }

    private static void serve(int loops) throws Exception {
        TcpTransport transport = TcpTransport.builder()
                .loops(loops)
                .acceptsPerSecond(100_000)
                .maxConnectionsPerAddress(20_000)
                .build();
        transport.start(Exchange::reply);
        System.out.println(transport.address().getPort());
        Thread.currentThread().join();
    }

    private static void load(int port, int connections, int inFlight, int seconds) throws Exception {
        Selector selector = Selector.open();
        ByteBuffer burst = ByteBuffer.allocateDirect(inFlight * (4 + MESSAGE_BYTES));
        while (burst.hasRemaining()) {
            burst.putInt(MESSAGE_BYTES).put(new byte[MESSAGE_BYTES]);
        }
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new int[1]);
            channel.write(burst.flip());
        }
        ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
        long echoes = 0;
        long beganNanos = System.nanoTime();
        long warmNanos = beganNanos + 2_000_000_000L;
        long endNanos = warmNanos + seconds * 1_000_000_000L;
        long warmEchoes = -1;
        for (long now = beganNanos; now < endNanos; now = System.nanoTime()) {
            if (now >= warmNanos && warmEchoes < 0) {
                warmEchoes = echoes;
                warmNanos = now;
            }
            selector.select(1000);
            for (SelectionKey key : selector.selectedKeys()) {
                SocketChannel channel = (SocketChannel) key.channel();
                int[] part = (int[]) key.attachment();
                int count = channel.read(input.clear());
                if (count < 0) {
                    throw new IllegalStateException("the server closed a connection");
                }
                part[0] += count;
                int whole = part[0] / (4 + MESSAGE_BYTES);
                part[0] -= whole * (4 + MESSAGE_BYTES);
                echoes += whole;
                burst.clear().limit(whole * (4 + MESSAGE_BYTES));
                while (burst.hasRemaining()) {
                    channel.write(burst);
                }
            }
            selector.selectedKeys().clear();
        }
        double took = (System.nanoTime() - warmNanos) / 1e9;
        System.out.printf("%d x %d: %,.0f echoes/s%n", connections, inFlight, (echoes - warmEchoes) / took);
    }

    private static void idle(int port, int connections, int holdSeconds) throws Exception {
        List<Socket> idle = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            idle.add(new Socket("127.0.0.1", port));
        }
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] frame =
                    ByteBuffer.allocate(4 + MESSAGE_BYTES).putInt(MESSAGE_BYTES).array();
            byte[] echo = new byte[frame.length];
            long[] nanos = new long[60_000];
            for (int i = 0; i < nanos.length; i++) {
                long before = System.nanoTime();
                socket.getOutputStream().write(frame);
                in.readFully(echo);
                nanos[i] = System.nanoTime() - before;
            }
            long[] warm = Arrays.copyOfRange(nanos, 20_000, nanos.length);
            Arrays.sort(warm);
            System.out.printf(
                    "%d idle: median %.1f us, p99 %.1f us%n",
                    connections, warm[warm.length / 2] / 1e3, warm[warm.length * 99 / 100] / 1e3);
            Thread.sleep(holdSeconds * 1_000L);
        }
    }
}
