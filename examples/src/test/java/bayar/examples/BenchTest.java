package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.auth.KeySet;
import bayar.engine.PaymentEngine;
import bayar.store.MemoryStore;
import bayar.transport.Transport;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the load generator speaks both transports and sees what goes wrong; not how fast anything is. */
class BenchTest {
    @TempDir
    private Path directory;

    private final List<Transport> transports = List.of(WebSocketTransport.on(0), TcpTransport.on(0));
    private String keys = "";
    private PaymentEngine engine =
            PaymentEngine.builder().store(new MemoryStore()).start();

    @BeforeEach
    void startEngine() {
        engine.close();
        keys = directory.resolve("keys.json").toString();
        Cli.run("keys", "new", "--file", keys, "--kid", "bench", "--principal", "bench", "--debit", "a-*");
        PaymentEngine.Builder builder =
                PaymentEngine.builder().store(new MemoryStore()).keys(KeySet.load(Path.of(keys)));
        for (int i = 0; i < 5; i++) {
            builder.account("a-" + i, Money.of(1_000_000_000, "MYR"));
        }
        transports.forEach(builder::transport);
        engine = builder.logRequests(false).start();
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    @Test
    void everyPaymentIsApprovedOverBothTransports() {
        for (Transport transport : transports) {
            Cli bench = bench(transport, "5", "--connections", "3", "--depth", "7", "--threads", "2");

            assertEquals(0, bench.exitCode(), bench.out() + bench.err());
            assertTrue(
                    bench.out().matches("(?s).*: [\\d,]*[1-9][\\d,]* payments/s, p50 .* us, no errors\\R"),
                    bench.out());
        }
        assertTrue(engine.status().answered() > 0);
        assertEquals(engine.status().arrived(), engine.status().answered());
    }

    @Test
    void whatGoesWrongIsCountedByItsReason() {
        for (Transport transport : transports) {
            Cli bench = bench(transport, "50");

            assertEquals(1, bench.exitCode(), bench.out());
            assertTrue(bench.out().contains("errors {account_unknown="), bench.out());
        }
    }

    private Cli bench(Transport transport, String spread, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "bench",
                "--url",
                Serve.url(transport),
                "--keys",
                keys,
                "--kid",
                "bench",
                "--spread",
                spread,
                "--seconds",
                "1",
                "--warm-up",
                "0"));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray(String[]::new));
    }
}
