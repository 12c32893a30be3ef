package bayar.transport.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** W9: every case of RFC 6455 in the table, however the network cuts the bytes. */
class Rfc6455Test {
    private static final WebSocketLimits LIMITS = new WebSocketLimits(
            Rfc6455Cases.LARGEST_MESSAGE_BYTES,
            100_000,
            100,
            Duration.ofSeconds(10).toNanos(),
            Duration.ofSeconds(2).toNanos());

    @TestFactory
    Stream<DynamicTest> w9_inOnePiece() {
        return Rfc6455Cases.all().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c, Math.max(1, c.sent().length))));
    }

    @TestFactory
    Stream<DynamicTest> w9_byteByByte() {
        return Rfc6455Cases.all().stream()
                .filter(c -> c.sent().length < 5_000)
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c, 1)));
    }

    @TestFactory
    Stream<DynamicTest> w9_inChops() {
        return Rfc6455Cases.all().stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c, 997)));
    }

    private static void check(Rfc6455Cases.Case c, int chop) {
        FakeLink link = FakeLink.open(LIMITS);
        for (int from = 0; from < c.sent().length; from += chop) {
            link.receive(Arrays.copyOfRange(c.sent(), from, Math.min(c.sent().length, from + chop)));
        }
        assertEquals(c.expected(), link.sentFrames());
        assertTrue(link.isEnding);
    }
}
