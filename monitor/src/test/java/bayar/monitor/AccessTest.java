package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may look where other machines reach the monitor: those tests open no such port. */
class AccessTest {
    private static final String TOKEN = "a-token-that-nobody-guesses";
    private final Access everywhere = new Access(new InetSocketAddress("0.0.0.0", 2348), "0.0.0.0", TOKEN);

    private static Headers headers(String... namesAndValues) {
        Headers headers = new Headers();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    private static String basic(String both) {
        return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whereOtherMachinesReachItLookingTakesTheToken() {
        assertTrue(everywhere.isGuarded());
        assertFalse(everywhere.mayLook(headers()));
        assertFalse(everywhere.mayLook(headers("Authorization", "Bearer wrong")));
        assertFalse(everywhere.mayLook(headers("Authorization", basic("any:wrong"))));
        assertFalse(everywhere.mayLook(headers("Authorization", basic("no colon"))));
        assertTrue(everywhere.mayLook(headers("Authorization", "Bearer " + TOKEN)));
        assertTrue(everywhere.mayLook(headers("Authorization", basic("any:" + TOKEN))));
        assertFalse(everywhere.mayChange(headers("Authorization", basic("any:" + TOKEN))));
        assertTrue(everywhere.mayChange(headers("Authorization", "Bearer " + TOKEN)));
    }

    @ParameterizedTest
    @CsvSource({
        "monitor.shop.example, monitor.shop.example:2348, true",
        "monitor.shop.example, MONITOR.shop.example, true",
        "monitor.shop.example, evil.example, false",
        "monitor.shop.example, localhost:9, true",
        "fe80::1, [fe80::1]:2348, true",
        "0.0.0.0, any.name.example, true",
    })
    void aHostIsOursWhenItWasNamed(String named, String asked, boolean isOurs) {
        // Resolved by number, so that no name server is asked.
        String number = named.equals("0.0.0.0") ? named : "192.0.2.7";
        Access access = new Access(new InetSocketAddress(number, 2348), named, TOKEN);
        assertEquals(isOurs, access.isOwnHost(headers("Host", asked)));
    }
}
