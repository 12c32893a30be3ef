package bayar.examples.card;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bayar.AccountId;
import bayar.Attempt;
import bayar.Capabilities;
import bayar.Money;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Reason;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class SimplestProcessorTest {
    private static final Money AMOUNT = Money.of(1200, "MYR");
    private static final Payment SALE = new Payment(
            1,
            Instant.EPOCH,
            "shop",
            PaymentRequest.sale("order-1", "alice", "kedai", AMOUNT),
            AMOUNT,
            AccountId.of("alice"),
            AccountId.of("kedai"),
            null);

    @Test
    void tellsWhatTheBankSaysAndVouchesForNothing() throws Exception {
        Map<String, String> orders = new ConcurrentHashMap<>();
        HttpServer bank = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        bank.createContext("/payments/", exchange -> {
            String key = exchange.getRequestURI().getPath().substring("/payments/".length());
            try (exchange;
                    InputStream in = exchange.getRequestBody()) {
                orders.put(key, new String(in.readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(Integer.parseInt(key), -1);
            }
        });
        bank.start();
        SimplestProcessor processor = new SimplestProcessor(
                HttpClient.newHttpClient(),
                URI.create("http://127.0.0.1:" + bank.getAddress().getPort() + "/payments/"));
        try {
            assertEquals(Outcome.approved(AMOUNT), processor.process(SALE, new Attempt("200", 1)));
            assertEquals(Outcome.declined(Reason.DO_NOT_HONOR), processor.process(SALE, new Attempt("402", 1)));
            assertEquals(Outcome.unknown("the bank answers 500"), processor.process(SALE, new Attempt("500", 1)));
            assertEquals(Map.of("200", "sale 1200 MYR", "402", "sale 1200 MYR", "500", "sale 1200 MYR"), orders);
        } finally {
            bank.stop(0);
        }
        assertThrows(IOException.class, () -> processor.process(SALE, new Attempt("200", 1)));
        assertEquals(Outcome.notSupported(), processor.inquire(SALE, new Attempt("200", 1)));
        assertEquals(Capabilities.NONE, processor.capabilities());
    }
}
