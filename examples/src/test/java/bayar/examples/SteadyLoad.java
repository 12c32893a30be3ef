package bayar.examples;

import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.auth.Signer;
import bayar.client.PaymentClient;
import bayar.transport.tcp.TcpDialer;
import bayar.transport.websocket.WebSocketDialer;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A till that pays all the time, over both transports, until it is closed: most is approved, every twentieth is declined
 * for want of money, every fiftieth goes to the card acquirer.
 */
final class SteadyLoad implements AutoCloseable {
    private static final int MOST_UNANSWERED = 256;

    private final PaymentClient tcp;
    private final PaymentClient webSocket;
    private final Semaphore free = new Semaphore(MOST_UNANSWERED);
    private final Thread thread;
    private final String name;
    private volatile boolean isOpen = true;
    private final AtomicLong sent = new AtomicLong();

    private SteadyLoad(ServerProcess server, Signer signer, String name, int perSecond) {
        this.name = name;
        URI url = URI.create(server.url("tcp"));
        tcp = PaymentClient.builder(TcpDialer.to(url.getHost(), url.getPort()), signer)
                .maxTries(1)
                .build();
        webSocket = PaymentClient.builder(WebSocketDialer.to(server.url("ws")), signer)
                .maxTries(1)
                .build();
        thread = new Thread(() -> pay(perSecond), "steady-load");
        thread.start();
    }

    /** Begins; {@code name} begins the ids, which are to be new. */
    static SteadyLoad on(ServerProcess server, Signer signer, String name, int perSecond) {
        return new SteadyLoad(server, signer, name, perSecond);
    }

    /** How many it has sent. */
    long sent() {
        return sent.get();
    }

    private void pay(int perSecond) {
        long pauseNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long dueNanos = System.nanoTime();
        try {
            while (isOpen) {
                if (free.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    long number = sent.getAndIncrement();
                    PaymentClient client = number % 3 == 0 ? webSocket : tcp;
                    client.send(request(number)).whenComplete((receipt, failure) -> free.release());
                }
                dueNanos += pauseNanos + (long) (pauseNanos * 0.5 * Math.sin(dueNanos / 5e9));
                LockSupport.parkNanos(dueNanos - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private PaymentRequest request(long number) {
        String id = name + "-" + number;
        Money amount = Money.of(100 + number % 900, "MYR");
        if (number % 50 == 7) {
            // Every tenth of these ends in 05, which the acquirer declines.
            long minor = 1_000 + number % 500 / 50 * 100 + (number % 500 < 50 ? 5 : 0);
            return PaymentRequest.builder(id, Operation.SALE)
                    .payer("alice")
                    .payee("kedai")
                    .amount(Money.of(minor, "MYR"))
                    .method("card")
                    .build();
        }
        return PaymentRequest.transfer(id, number % 20 == 3 ? "poor" : "alice", "kedai", amount);
    }

    /** Stops sending, and waits until what was sent is answered. */
    @Override
    public void close() {
        isOpen = false;
        try {
            thread.join(Duration.ofSeconds(60).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tcp.close();
        webSocket.close();
    }
}
