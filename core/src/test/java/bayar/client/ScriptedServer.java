package bayar.client;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import bayar.auth.Authenticator;
import bayar.auth.Key;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.codec.Decoding;
import bayar.codec.InputLimits;
import bayar.codec.ReceiptWriter;
import bayar.codec.RequestReader;
import bayar.transport.Dialer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The far end of a client, where a test decides what happens. Takes messages only when they are properly signed. */
final class ScriptedServer implements Dialer {
    private static final Key KEY = Key.hs256("k1", Principal.named("shop"), new byte[32]);
    static final Signer SIGNER = Signer.of(KeySet.of(KEY), "k1");

    private final Authenticator authenticator = new Authenticator(KeySet.of(KEY), InputLimits.DEFAULT);
    private final RequestReader reader = new RequestReader(InputLimits.DEFAULT);
    private final ReceiptWriter writer = new ReceiptWriter();

    /** Every message that arrived, in order. */
    final List<Arrival> arrivals = new ArrayList<>();

    final List<Wire> wires = new ArrayList<>();
    int refusedDials;
    boolean isDown;
    boolean hangsUpAtOnce;
    Script script = arrival -> {};

    /** What the server does when a message arrives. */
    interface Script {
        void on(Arrival arrival) throws IOException;
    }

    /** A message that arrived. */
    record Arrival(Wire wire, PaymentRequest request, long issuedAt, long expiresAt) {
        void answer(Receipt receipt) {
            wire.deliver(receipt);
        }
    }

    @Override
    public synchronized Connection dial(Listener listener) throws IOException {
        if (isDown) {
            refusedDials++;
            throw new IOException("connection refused");
        }
        Wire wire = new Wire(listener);
        wires.add(wire);
        if (hangsUpAtOnce) {
            wire.hangUp();
        }
        return wire;
    }

    Wire lastWire() {
        return wires.get(wires.size() - 1);
    }

    Arrival lastArrival() {
        return arrivals.get(arrivals.size() - 1);
    }

    List<String> arrivedIds() {
        return arrivals.stream().map(arrival -> arrival.request().id()).toList();
    }

    /** One connection. */
    final class Wire implements Connection {
        private final Listener listener;
        boolean isClosedByClient;
        private boolean isCut;

        Wire(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void send(byte[] message) throws IOException {
            if (isCut) {
                throw new IOException("broken pipe");
            }
            Authenticator.Envelope envelope =
                    assertInstanceOf(Authenticator.Envelope.class, authenticator.open(message));
            byte[] payload = assertInstanceOf(Authenticator.Authenticated.class, envelope.verify())
                    .payload();
            Decoding.Message decoded =
                    assertInstanceOf(Decoding.Message.class, reader.read(payload, 0, payload.length));
            Arrival arrival =
                    new Arrival(this, decoded.request(), decoded.issuedAtSeconds(), decoded.expiresAtSeconds());
            synchronized (ScriptedServer.this) {
                arrivals.add(arrival);
            }
            script.on(arrival);
        }

        void deliver(Receipt receipt) {
            listener.onMessage(writer.write(receipt));
        }

        void deliver(byte[] reply) {
            listener.onMessage(reply);
        }

        /** The connection breaks, and the client hears of it. */
        void hangUp() {
            isCut = true;
            listener.onClose("reset by peer");
        }

        /** The connection breaks, and the client hears of it when it sends next. */
        void cut() {
            isCut = true;
        }

        @Override
        public void close() {
            isClosedByClient = true;
        }
    }
}
