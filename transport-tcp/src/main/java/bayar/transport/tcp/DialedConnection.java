package bayar.transport.tcp;

import bayar.transport.Dialer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection.
 *
 * <p>Of the threads that send at the same time, one writes for all: the others leave their frame and go. So many senders
 * cost few writes, and a single one pays for no hand-over. Who finds too much left waits until it is on its way.
 */
final class DialedConnection implements Dialer.Connection {
    private static final Logger LOG = LoggerFactory.getLogger(DialedConnection.class);
    private static final int MOST_QUEUED_BYTES = 256 * 1_024;
    private static final int READ_BYTES = 16 * 1_024;

    private final Socket socket;
    private final Framing framing;
    private final int messageBytes;
    private final Dialer.Listener listener;
    private final OutputStream output;
    private final DataInputStream input;

    private final Object lock = new Object();
    private ByteArrayOutputStream queued = new ByteArrayOutputStream();
    private ByteArrayOutputStream spare = new ByteArrayOutputStream();
    private boolean writing;
    private boolean gone;
    private boolean closedHere;

    DialedConnection(Socket socket, Framing framing, int messageBytes, Dialer.Listener listener) throws IOException {
        this.socket = socket;
        this.framing = framing;
        this.messageBytes = messageBytes;
        this.listener = listener;
        this.output = socket.getOutputStream();
        this.input = new DataInputStream(new BufferedInputStream(socket.getInputStream(), READ_BYTES));
    }

    @Override
    public void send(byte[] message) throws IOException {
        ByteBuffer frame = framing.frame(message);
        synchronized (lock) {
            awaitRoom();
            queued.write(frame.array(), 0, frame.limit());
            if (writing) {
                return;
            }
            writing = true;
        }
        writeAll();
    }

    private void awaitRoom() throws IOException {
        try {
            while (!gone && queued.size() >= MOST_QUEUED_BYTES) {
                lock.wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted before the message was sent");
        }
        if (gone) {
            throw new IOException("the connection is closed");
        }
    }

    private void writeAll() throws IOException {
        while (true) {
            ByteArrayOutputStream batch;
            synchronized (lock) {
                if (gone || queued.size() == 0) {
                    writing = false;
                    return;
                }
                batch = queued;
                queued = spare;
                lock.notifyAll();
            }
            try {
                batch.writeTo(output);
            } catch (IOException e) {
                end();
                throw e;
            }
            batch.reset();
            spare = batch;
        }
    }

    /** Reads until the connection ends, on the connection's own thread. */
    void readAll() {
        String why;
        try {
            while (true) {
                byte[] message = framing == Framing.NEWLINE ? readLine() : readFrame();
                if (message.length > 0) {
                    listener.onMessage(message);
                }
            }
        } catch (EOFException e) {
            why = "the server closed the connection";
        } catch (IOException e) {
            why = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the connection to {} is closed, since its listener failed", socket.getRemoteSocketAddress(), e);
            why = "the listener failed: " + e;
        }
        boolean told;
        synchronized (lock) {
            told = closedHere;
        }
        end();
        if (!told) {
            listener.onClose(why);
        }
    }

    private byte[] readFrame() throws IOException {
        long length = framing == Framing.LENGTH4 ? Integer.toUnsignedLong(input.readInt()) : input.readUnsignedShort();
        if (length > messageBytes) {
            throw tooLong(length);
        }
        byte[] message = new byte[(int) length];
        input.readFully(message);
        return message;
    }

    private byte[] readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.write(next);
            if (line.size() > messageBytes + 1) {
                throw tooLong(line.size());
            }
        }
        byte[] message = line.toByteArray();
        boolean returns = message.length > 0 && message[message.length - 1] == '\r';
        return returns ? Arrays.copyOf(message, message.length - 1) : message;
    }

    private IOException tooLong(long length) {
        return new IOException("the server sent a frame of " + length + " bytes; the limit is " + messageBytes);
    }

    @Override
    public void close() {
        synchronized (lock) {
            closedHere = true;
        }
        end();
    }

    private void end() {
        synchronized (lock) {
            gone = true;
            lock.notifyAll();
        }
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("a socket was closed, but not without an error: {}", e.getMessage());
        }
    }
}
