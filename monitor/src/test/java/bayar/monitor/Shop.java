package bayar.monitor;

import bayar.Capabilities;
import bayar.Extension;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.auth.Key;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.client.PaymentClient;
import bayar.engine.PaymentEngine;
import bayar.ledger.NewAccount;
import bayar.store.PaymentStore;
import bayar.testkit.Behavior;
import bayar.testkit.ScriptedProcessor;
import bayar.transport.Dialer;
import bayar.transport.tcp.TcpDialer;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketDialer;
import bayar.transport.websocket.WebSocketTransport;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An engine with both transports, a processor called {@code card}, and two accounts with money. */
final class Shop implements AutoCloseable {
    static final Principal TILL = Principal.named("till").mayDebit("alice").mayDebit("broke");

    final ScriptedProcessor card = new ScriptedProcessor().vouchesFor(Capabilities.NONE);
    final TcpTransport tcp = TcpTransport.on(0);
    final WebSocketTransport ws = WebSocketTransport.on(0);
    final PaymentEngine engine;
    /** What is sent with messages. */
    @Nullable
    String traceparent;

    private final KeySet keys = KeySet.of(Key.hs256("till-1", TILL, new byte[32]));

    Shop(PaymentStore store, Clock clock, Extension... extensions) {
        PaymentEngine.Builder builder = PaymentEngine.builder()
                .store(store)
                .clock(clock)
                .keys(keys)
                .transport(tcp)
                .transport(ws)
                .processor("card", card)
                .account("alice", Money.of(1_000_000_00, "MYR"))
                .account(NewAccount.of("broke", Money.of(0, "MYR")))
                .account("kedai", Money.of(0, "MYR"))
                .logRequests(false);
        List.of(extensions).forEach(builder::extension);
        engine = builder.start();
    }

    Shop(PaymentStore store, Extension... extensions) {
        this(store, Clock.systemUTC(), extensions);
    }

    static PaymentRequest sale(String id, String payer, String method) {
        return PaymentRequest.builder(id, Operation.SALE)
                .payer(payer)
                .payee("kedai")
                .amount(Money.of(10_00, "MYR"))
                .method(method)
                .build();
    }

    Receipt call(PaymentRequest request) {
        return engine.submit(TILL, request).join();
    }

    Receipt overTcp(PaymentRequest request) {
        return send(TcpDialer.to("127.0.0.1", tcp.address().getPort()), request);
    }

    Receipt overWebSocket(PaymentRequest request) {
        return send(WebSocketDialer.to("ws://127.0.0.1:" + ws.address().getPort()), request);
    }

    private Receipt send(Dialer dialer, PaymentRequest request) {
        try (PaymentClient client = PaymentClient.builder(dialer, Signer.of(keys, "till-1"))
                .traceparent(() -> traceparent)
                .build()) {
            return client.send(request).join();
        }
    }

    /** One of each: approved, declined, refused, again, over every transport, by a processor and in doubt. */
    void trade() {
        call(sale("c1", "alice", "ledger"));
        call(sale("c1", "alice", "ledger"));
        call(sale("c2", "broke", "ledger"));
        call(PaymentRequest.authorize("h1", "alice", "kedai", Money.of(5_00, "MYR")));
        call(PaymentRequest.inquiry("i1", "c1"));
        call(PaymentRequest.refund("r1", "c1", Money.of(1_00, "MYR")));
        call(sale("x1", "mallory", "ledger"));
        overTcp(sale("t1", "alice", "ledger"));
        overWebSocket(sale("w1", "alice", "ledger"));
        call(sale("p1", "alice", "card"));
        card.next(Behavior.declines(Reason.DO_NOT_HONOR));
        call(sale("p2", "alice", "card"));
        doubt("p3");
    }

    /** A payment that falls into doubt at once. */
    Receipt doubt(String id) {
        card.next(Behavior.failsAfterTheEffect());
        return call(sale(id, "alice", "card"));
    }

    @Override
    public void close() {
        engine.close();
    }
}
