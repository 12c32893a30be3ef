package bayar.examples;

import bayar.AccountId;
import bayar.Money;
import bayar.auth.KeySet;
import bayar.engine.PaymentEngine;
import bayar.store.sqlite.SqliteStore;
import bayar.transport.Transport;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An engine on an SQLite file, with both transports on free ports, an alice with a thousand and a kedai with nothing. */
record EngineOnSockets(PaymentEngine engine, Transport tcp, Transport webSocket) implements AutoCloseable {
    static EngineOnSockets start(Path directory) {
        Transport tcp = TcpTransport.on(0);
        Transport webSocket = WebSocketTransport.on(0);
        PaymentEngine engine = PaymentEngine.builder()
                .store(SqliteStore.open(directory))
                .keys(KeySet.parse(TestSigner.keysJson().getBytes(StandardCharsets.UTF_8)))
                .logRequests(false)
                .account("alice", Money.of(1000, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .transport(tcp)
                .transport(webSocket)
                .start();
        return new EngineOnSockets(engine, tcp, webSocket);
    }

    String tcpUrl() {
        return "tcp://127.0.0.1:" + tcp.address().getPort();
    }

    String webSocketUrl() {
        return "ws://127.0.0.1:" + webSocket.address().getPort();
    }

    long balance(String account) {
        return engine.account(AccountId.of(account)).join().orElseThrow().posted();
    }

    @Override
    public void close() {
        engine.close();
    }
}
