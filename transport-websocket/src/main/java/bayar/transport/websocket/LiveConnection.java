package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import bayar.transport.Dialer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A client's WebSocket, open or on its way to be: joins fragments, keeps sends in order, and keeps itself alive. */
final class LiveConnection implements Dialer.Connection, WebSocket.Listener {
    private static final int TOO_BIG = 1009;
    private static final long GOODBYE_SECONDS = 2;
    private static final ByteBuffer NO_PAYLOAD = ByteBuffer.allocate(0);

    private final Dialer.Listener listener;
    private final int messageBytes;

    /** Set by whatever ends the connection first: the client, the server, the network. */
    private final AtomicBoolean ended = new AtomicBoolean();

    private final Object sending = new Object();
    private CompletableFuture<?> lastSend = CompletableFuture.completedFuture(null);
    private volatile @Nullable WebSocket socket;
    private volatile long heardNanos = System.nanoTime();

    // One message's fragments; the JDK calls a listener once at a time.
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();

    LiveConnection(Dialer.Listener listener, int messageBytes) {
        this.listener = listener;
        this.messageBytes = messageBytes;
    }

    void open(WebSocket opened, Duration pingInterval) {
        socket = opened;
        Executor later = CompletableFuture.delayedExecutor(pingInterval.toNanos(), TimeUnit.NANOSECONDS);
        later.execute(() -> keepAlive(opened, later, 2 * pingInterval.toNanos()));
    }

    private void keepAlive(WebSocket opened, Executor later, long silenceNanos) {
        if (ended.get()) {
            return;
        }
        long silentNanos = System.nanoTime() - heardNanos;
        if (silentNanos >= silenceNanos) {
            opened.abort();
            end("nothing was heard for " + TimeUnit.NANOSECONDS.toMillis(silentNanos) + " ms");
            return;
        }
        // Should the ping fail, the connection has, and the listener below is told of that.
        opened.sendPing(NO_PAYLOAD);
        later.execute(() -> keepAlive(opened, later, silenceNanos));
    }

    @Override
    public void send(byte[] message) throws IOException {
        WebSocket opened = socket;
        if (opened == null || ended.get()) {
            throw new IOException("the connection is closed");
        }
        synchronized (sending) {
            try {
                lastSend.get();
                // The JDK reads the array later, when the caller may have changed it.
                lastSend = opened.sendBinary(ByteBuffer.wrap(message.clone()), true);
            } catch (ExecutionException e) {
                throw new IOException("the connection failed: " + e.getCause(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while sending");
            }
        }
    }

    @Override
    public void close() {
        WebSocket opened = socket;
        if (opened == null || ended.getAndSet(true)) {
            return;
        }
        opened.sendClose(WebSocket.NORMAL_CLOSURE, "");
        CompletableFuture.delayedExecutor(GOODBYE_SECONDS, TimeUnit.SECONDS).execute(opened::abort);
    }

    private void end(String why) {
        if (!ended.getAndSet(true)) {
            listener.onClose(why);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket opened, ByteBuffer data, boolean last) {
        if (bytes.size() + data.remaining() > messageBytes) {
            return refuse(opened);
        }
        byte[] part = new byte[data.remaining()];
        data.get(part);
        if (!last) {
            bytes.writeBytes(part);
        } else if (bytes.size() == 0) {
            deliver(part);
        } else {
            bytes.writeBytes(part);
            byte[] whole = bytes.toByteArray();
            bytes.reset();
            deliver(whole);
        }
        return heard(opened);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket opened, CharSequence data, boolean last) {
        if (text.length() + data.length() > messageBytes) {
            return refuse(opened);
        }
        text.append(data);
        if (last) {
            byte[] whole = text.toString().getBytes(UTF_8);
            text.setLength(0);
            if (whole.length > messageBytes) {
                return refuse(opened);
            }
            deliver(whole);
        }
        return heard(opened);
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket opened, ByteBuffer payload) {
        return heard(opened);
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket opened, ByteBuffer payload) {
        return heard(opened);
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket opened, int code, String reason) {
        end("the server closed it with " + code + (reason.isEmpty() ? "" : ": " + reason));
        return null;
    }

    @Override
    public void onError(WebSocket opened, Throwable error) {
        end("the connection failed: " + error);
    }

    private void deliver(byte[] message) {
        if (!ended.get()) {
            listener.onMessage(message);
        }
    }

    private @Nullable CompletionStage<?> heard(WebSocket opened) {
        heardNanos = System.nanoTime();
        opened.request(1);
        return null;
    }

    private @Nullable CompletionStage<?> refuse(WebSocket opened) {
        opened.sendClose(TOO_BIG, "").whenComplete((sent, failure) -> opened.abort());
        end("the server sent a message of more than " + messageBytes + " bytes");
        return null;
    }
}
