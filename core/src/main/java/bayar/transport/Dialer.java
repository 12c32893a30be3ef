package bayar.transport;

import java.io.IOException;

/** Opens connections to a server, for clients. Thread-safe. */
public interface Dialer {
    /**
     * Opens one connection; returns when messages can be sent.
     *
     * @param listener told of what arrives, on a thread of the connection's own
     * @throws IOException if the server cannot be reached or does not speak the protocol
     */
    Connection dial(Listener listener) throws IOException;

    /** A client's connection. Thread-safe. */
    interface Connection extends AutoCloseable {
        /**
         * Sends one message; may wait while the network is slower than the sender.
         *
         * @throws IOException if the connection is gone
         */
        void send(byte[] message) throws IOException;

        @Override
        void close();
    }

    /** What a connection tells. Called one at a time; must not block. */
    interface Listener {
        /** One whole message has arrived. */
        void onMessage(byte[] message);

        /** The connection is gone; told once, unless the client closed it. */
        void onClose(String why);
    }
}
