package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CardDemoTest {
    private static final Money SALE = Money.of(25_00, "MYR");
    private static final String CHARGE = charge("approved", "order-1", 2500);

    @Test
    void everyStepComesOutAsToldAndNothingIsLeftBehind() {
        Cli demo = Cli.run("demo", "card");

        assertEquals(0, demo.exitCode(), demo.err());
        for (String told : List.of(
                "order-2001-b: approved",
                "the client is told: in_doubt",
                "alice has 440.00 MYR, 25.00 MYR of it held",
                "is in doubt no more: approved, by inquiry",
                "./bayar open: nothing is open",
                "approved, replayed",
                "order-2002 is there once, approved, 25.00 MYR",
                "alice has 415.00 MYR; kedai has 85.00 MYR",
                "./bayar verify: sound",
                "steps came out as told")) {
            assertTrue(demo.out().contains(told), demo.out());
        }
        Matcher pid = Pattern.compile("(?:acquirer|server): +process (\\d+)").matcher(demo.out());
        int processes = 0;
        while (pid.find()) {
            processes++;
            assertFalse(ProcessHandle.of(Long.parseLong(pid.group(1)))
                    .map(ProcessHandle::isAlive)
                    .orElse(false));
        }
        assertEquals(4, processes, demo.out());
        Matcher directory = Pattern.compile("-> (\\S*bayar-demo-card\\S*)").matcher(demo.out());
        assertTrue(directory.find(), demo.out());
        assertFalse(Files.exists(Path.of(directory.group(1))));
    }

    @Test
    void aCardThatIsChargedOnceIsFine() {
        CardDemo.requireChargedOnce(book(charge("approved", "other", 1), CHARGE), "order-1", SALE);
    }

    @Test
    void aCardThatIsChargedTwiceOrNotOrOtherwiseIsFound() {
        for (String wrong : List.of(
                book(CHARGE, CHARGE),
                book(),
                book(charge("approved", "other", 2500)),
                book(charge("reversed", "order-1", 2500)),
                book(charge("approved", "order-1", 2501)))) {
            assertThrows(BayarException.class, () -> CardDemo.requireChargedOnce(wrong, "order-1", SALE), () -> wrong);
        }
    }

    private static String book(String... entries) {
        return "[" + String.join(",", entries) + "]";
    }

    private static String charge(String status, String id, long amount) {
        return "{\"status\":\"" + status + "\",\"amount\":" + amount
                + ",\"currency\":\"MYR\",\"order\":{\"merchantReference\":\"" + id + "\"}}";
    }
}
