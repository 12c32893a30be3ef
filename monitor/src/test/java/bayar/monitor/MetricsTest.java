package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.store.MemoryStore;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is counted, and under which names. */
@Timeout(120)
class MetricsTest {
    private static final int MANY = 10_000;

    private final Monitor monitor = Monitor.builder().build();

    @Test
    void everyAnswerIsCountedByWhatItIs() {
        try (Shop shop = new Shop(new MemoryStore(), monitor)) {
            shop.trade();
            Scrape scrape = scraped(shop);
            assertEquals(2, scrape.value("bayar_payments_total", payment("sale", "approved", "ledger", "call")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "approved", "ledger", "tcp")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "approved", "ledger", "ws")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "approved", "card", "call")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "do_not_honor", "card", "call")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "processor_error", "card", "call")));
            assertEquals(
                    1, scrape.value("bayar_payments_total", payment("sale", "insufficient_funds", "ledger", "call")));
            assertEquals(1, scrape.value("bayar_payments_replayed_total", ""));
            assertEquals(1, scrape.value("bayar_in_doubt", ""));
            assertEquals(1, scrape.value("bayar_unresolved", ""));
            assertEquals(1, scrape.value("bayar_holds", ""));
            assertEquals(2, scrape.value("bayar_stage_duration_seconds_count", "stage=\"decode\""));
            assertEquals(3, scrape.value("bayar_stage_duration_seconds_count", "stage=\"processor\""));
            assertEquals(shop.engine.status().answered(), scrape.value("bayar_payment_duration_seconds_count", ""));
            assertEquals(
                    shop.engine.status().answered(),
                    scrape.value("bayar_payment_duration_seconds_bucket", "le=\"+Inf\""));
            assertEquals(1, scrape.value("bayar_connections_accepted_total", "transport=\"tcp\""));
        }
    }

    private static String payment(String operation, String reason, String method, String transport) {
        String status = Reason.valueOf(reason.toUpperCase(Locale.ROOT)).status().code();
        return "method=\"" + method + "\",operation=\"" + operation + "\",reason=\"" + reason + "\",status=\"" + status
                + "\",transport=\"" + transport + "\"";
    }

    /** Accounts, ids, principals and methods that clients make up: none of them becomes a series. */
    @Test
    void tenThousandAccountsIdsAndMethodsMakeNoNewSeries() {
        try (Shop shop = new Shop(new MemoryStore(), monitor)) {
            shop.trade();
            shop.call(Shop.sale("m", "alice", "no-such-method"));
            stranger(shop, 0).join();
            Set<String> before = scraped(shop).series();

            IntStream.range(0, MANY)
                    .mapToObj(i -> shop.engine.submit(Shop.TILL, Shop.sale("id-" + i, "alice", "method-" + i)))
                    .toList()
                    .forEach(CompletableFuture::join);
            IntStream.range(0, MANY).mapToObj(i -> stranger(shop, i)).toList().forEach(CompletableFuture::join);

            Scrape after = scraped(shop);
            assertEquals(before, after.series());
            assertEquals(
                    MANY + 1, after.value("bayar_payments_total", payment("sale", "method_unknown", "other", "call")));
        }
    }

    /** One principal of many pays from one account of many. */
    private static CompletableFuture<Receipt> stranger(Shop shop, int i) {
        Principal principal = Principal.named("principal-" + i).mayDebit("acct-" + i);
        return shop.engine.submit(principal, PaymentRequest.sale("s-" + i, "acct-" + i, "kedai", Money.of(1, "MYR")));
    }

    @Test
    void theHostsOwnRegistryIsUsedAndLeftAsItWas() {
        SimpleMeterRegistry host = new SimpleMeterRegistry();
        Monitor hosted = Monitor.builder().registry(host).tag("engine", "shop").build();
        try (Shop shop = new Shop(new MemoryStore(), hosted)) {
            shop.trade();
            settled(shop);
            Tags engine = Tags.of("engine", "shop");
            assertEquals(
                    shop.engine.status().answered(),
                    host.get("bayar.payment.duration")
                            .tags(engine)
                            .functionTimer()
                            .count());
            assertEquals(
                    shop.engine.status().answered(),
                    host.get("bayar.payment.duration.histogram")
                            .tags(engine.and("le", "30.0"))
                            .gauge()
                            .value());
            assertEquals(
                    1,
                    host.get("bayar.payments")
                            .tags(engine.and("reason", "do_not_honor"))
                            .functionCounter()
                            .count());
            assertTrue(host.find("jvm.memory.used").meters().isEmpty(), "a host measures its process itself");
            assertThrows(BayarException.class, hosted::scrape);
        }
        assertEquals(Set.of(), Set.copyOf(host.getMeters()));
    }

    @Test
    void aPrometheusRegistryAmongTheHostsGetsWholeHistograms() {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        CompositeMeterRegistry host = new CompositeMeterRegistry();
        host.add(new SimpleMeterRegistry());
        host.add(prometheus);
        Monitor hosted = Monitor.builder().registry(host).build();
        try (Shop shop = new Shop(new MemoryStore(), hosted)) {
            shop.trade();
            settled(shop);
            assertEquals(
                    shop.engine.status().answered(),
                    new Scrape(hosted.scrape()).value("bayar_payment_duration_seconds_bucket", "le=\"+Inf\""));
        }
        assertFalse(prometheus.scrape().contains("bayar"), "what is gone is gone");
    }

    private Scrape scraped(Shop shop) {
        settled(shop);
        return new Scrape(monitor.scrape());
    }

    /** What is counted is counted behind the answer: asks for something that is answered behind all before. */
    private static void settled(Shop shop) {
        shop.engine.unresolved(1).join();
        shop.engine.unresolved(1).join();
    }

    /** A scrape, line by line. */
    private record Scrape(String text) {
        Set<String> series() {
            return text.lines()
                    .filter(line -> line.startsWith("bayar_"))
                    .map(line -> line.substring(0, line.lastIndexOf(' ')))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        double value(String name, String labels) {
            String series = labels.isEmpty() ? name : name + "{" + labels + "}";
            return text.lines()
                    .filter(line -> line.startsWith(series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no series " + series + " in\n" + text));
        }
    }
}
