package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.auth.Algorithm;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.engine.PaymentEngine;
import bayar.store.MemoryStore;
import bayar.transport.Transport;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketTransport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether the commands run, the documented ones too; not how fast anything is. */
@Timeout(900)
class BenchTest {
    private record Result(int exitCode, String out, String err) {}

    @TempDir
    private Path directory;

    private final List<Transport> transports = List.of(WebSocketTransport.on(0), TcpTransport.on(0));
    private String keys = "";
    private PaymentEngine engine =
            PaymentEngine.builder().store(new MemoryStore()).start();

    @BeforeEach
    void startEngine() {
        engine.close();
        Path file = directory.resolve("keys.json");
        keys = file.toString();
        KeyFile.add(file, "till-1", "till", Algorithm.HS256, List.of("a-*"), new SecureRandom());
        PaymentEngine.Builder builder =
                PaymentEngine.builder().store(new MemoryStore()).keys(KeySet.load(file));
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
            Result result = load(transport, "5", "--connections", "3", "--depth", "7");
            assertEquals(0, result.exitCode, result.out + result.err);
            assertTrue(result.out.matches("(?s)[\\d,]*[1-9][\\d,]* payments/s, p50 .* us, no errors\\R"), result.out);

            Result byTheClock = load(transport, "5", "--rate", "200");
            assertEquals(0, byTheClock.exitCode, byTheClock.out + byTheClock.err);
        }
        assertEquals(engine.status().arrived(), engine.status().answered());
    }

    @Test
    void whatGoesWrongIsCountedByItsReason() {
        for (Transport transport : transports) {
            Result result = load(transport, "50");
            assertEquals(1, result.exitCode, result.out);
            assertTrue(result.out.contains("errors {declined/account_unknown="), result.out);
        }
    }

    @Test
    void theProcessorTimeOfTheServerIsToldWhereItIsKnown() {
        Result result = load(
                transports.get(1),
                "5",
                "--pid",
                Long.toString(ProcessHandle.current().pid()));
        assertTrue(result.out.contains("us of processor time for each"), result.out);
    }

    @Test
    void aWrongCommandLineIsExplained() {
        assertEquals(2, run().exitCode);
        assertEquals(2, run("load", "--url", "http://127.0.0.1:1", "--keys", keys, "--kid", "till-1").exitCode);
        assertEquals(2, run("peers", "--transport", "pigeon").exitCode);
        Result nonsense = run("peers", "--accounts", "1");
        assertEquals(1, nonsense.exitCode);
        assertTrue(nonsense.err.contains("--accounts must be 2 or more"), nonsense.err);
    }

    @Test
    void theDocumentedCommandsRun() throws IOException {
        List<String> commands = documented();
        assertTrue(commands.size() >= 8, commands.toString());
        for (String command : commands) {
            List<String> arguments = new ArrayList<>(List.of(command.split(" +")));
            arguments.addAll(List.of("--quick"));
            if (arguments.get(0).equals("load")) {
                arguments.addAll(List.of(
                        "--url",
                        "tcp://127.0.0.1:" + transports.get(1).address().getPort(),
                        "--keys",
                        keys));
                arguments.addAll(List.of("--accounts", "5"));
            }
            if (arguments.get(0).equals("peers")) {
                arguments.addAll(List.of("--only", "NETTY,SQLITE"));
            }
            if (arguments.get(0).equals("all")) {
                // The sum of the others.
                continue;
            }
            if (arguments.contains("--write")) {
                arguments.addAll(List.of("--write", directory.resolve("figures").toString()));
            }
            Result result = run(arguments.toArray(String[]::new));
            assertEquals(0, result.exitCode, command + "\n" + result.out + result.err);
            assertFalse(result.out.isBlank(), command);
        }
    }

    private static List<String> documented() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("..", "docs", "benchmarks.md"))) {
            return lines.filter(line -> line.startsWith("./bayar bench "))
                    .map(line -> line.replace("./bayar bench ", "").replaceAll(" +#.*", ""))
                    .toList();
        }
    }

    private Result load(Transport transport, String accounts, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "load",
                "--url",
                transport.name() + "://127.0.0.1:" + transport.address().getPort(),
                "--keys",
                keys,
                "--kid",
                "till-1",
                "--accounts",
                accounts,
                "--seconds",
                "0.2",
                "--warm-up",
                "0.2"));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Bench.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Result(exitCode, out.toString(), err.toString());
    }
}
