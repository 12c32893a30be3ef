package bayar.transport.nio;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The calls to the operating system that go wrong in ways that a test cannot bring about from outside. */
class SystemCalls {
    @Nullable
    SocketChannel accept(ServerSocketChannel listener) throws IOException {
        return listener.accept();
    }

    /** Waits for keys to be ready, at most so long. */
    int select(Selector selector, long millis) throws IOException {
        return selector.select(millis);
    }

    void wakeup(Selector selector) {
        selector.wakeup();
    }

    Wire wire(SocketChannel socket) {
        return new SocketWire(socket);
    }
}
