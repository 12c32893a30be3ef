package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import bayar.auth.Algorithm;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether every server that is measured does what it is there for. */
@Timeout(60)
class ContenderTest {
    private static final int ACCOUNTS = 10;

    @TempDir
    private Path directory;

    private Path keys = Path.of("");

    @BeforeEach
    void makeKeys() {
        keys = directory.resolve("keys.json");
        KeyFile.add(keys, "bench", "bench", Algorithm.HS256, List.of("a-*", "unknown"), new SecureRandom());
    }

    static Stream<Arguments> servers() {
        return Arrays.stream(Contender.values())
                .flatMap(contender -> Stream.of(false, true)
                        .filter(contender::speaks)
                        .map(isWebSocket -> Arguments.of(contender, isWebSocket)));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aPaymentIsAnsweredAsItShouldBe(Contender contender, boolean isWebSocket) throws Exception {
        Payments payments = payments(keys, "a-*");
        Load.Figures figures = pay(contender, isWebSocket, payments, 1);

        assertEquals(Map.of(), figures.errors());
        assertEquals(7, figures.latency().getTotalCount());
    }

    @ParameterizedTest
    @MethodSource("servers")
    void whatIsNotAuthenticIsRefused(Contender contender, boolean isWebSocket) throws Exception {
        if (contender.replies() == Load.Replies.ECHO) {
            return;
        }
        Path others = directory.resolve("others.json");
        KeyFile.add(others, "bench", "bench", Algorithm.HS256, List.of("a-*"), new SecureRandom());
        Load.Figures figures = pay(contender, isWebSocket, payments(others, "a-*"), 1);

        assertEquals(0, figures.latency().getTotalCount());
    }

    @Test
    void whatPeopleWriteExecutesOnceAndDeclines() throws Exception {
        for (Contender contender : List.of(Contender.HANDWRITTEN, Contender.SQLITE, Contender.OWN_FORMAT)) {
            Load.Figures twice = pay(contender, false, payments(keys, "a-*"), 2);
            assertEquals(7, twice.latency().getTotalCount(), contender.title());
            assertEquals(Map.of("replayed", 7L), twice.errors(), contender.title());
        }
        Load.Figures unknownPayee = pay(Contender.HANDWRITTEN, false, payments(keys, "unknown"), 1);
        assertEquals(Map.of("declined/account_unknown", 7L), unknownPayee.errors());
    }

    private static Payments payments(Path keys, String payees) {
        return new Payments(
                Signer.of(KeySet.load(keys), "bench"),
                new Payments.Mix("a-*", payees, ACCOUNTS, Payments.Spread.UNIFORM, "MYR", 100));
    }

    /** Sends seven payments, so many times over, and tells it all together. */
    private Load.Figures pay(Contender contender, boolean isWebSocket, Payments payments, int times) throws Exception {
        payments.prepare(100);
        Contender.Running running = contender.open(
                new Contender.Setup(isWebSocket, keys, ACCOUNTS, Files.createTempDirectory(directory, "server")));
        try (AutoCloseable server = running.server();
                Load load = connect(running, contender, isWebSocket)) {
            assertEquals(running.server(), server);
            Load.Figures all = null;
            for (int i = 0; i < times; i++) {
                payments.rewind(false);
                Load.Figures some = load.open(payments, 1, List.of(new Load.Step(700, Duration.ofMillis(10))), Set.of())
                        .get(0);
                if (all == null) {
                    all = some;
                } else {
                    all.latency().add(some.latency());
                    some.errors().forEach(all.errors()::put);
                }
            }
            if (all == null) {
                throw new IllegalArgumentException("times");
            }
            return all;
        }
    }

    private static Load connect(Contender.Running running, Contender contender, boolean isWebSocket)
            throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), running.port());
        return Load.connect(address, isWebSocket, 2, contender.replies(), Duration.ofSeconds(20), System::nanoTime);
    }
}
