package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AnswerEvent;
import bayar.BatchEvent;
import bayar.BayarException;
import bayar.EngineStatus;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Stages;
import bayar.StoreStatus;
import bayar.TransportStatus;
import bayar.store.MemoryStore;
import bayar.testkit.Behavior;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @Test
    void everyAnswerIsCountedByWhatItIs() {
        try (Shop shop = new Shop(new MemoryStore(), monitor)) {
            shop.trade();
            for (String id : List.of("h2", "h3", "h4")) {
                shop.call(PaymentRequest.authorize(id, "alice", "kedai", Money.of(5_00, "MYR")));
            }
            shop.doubt("p4");
            shop.card.next(Behavior.timesOutBeforeTheEffect());
            shop.engine.submit(Shop.TILL, Shop.sale("p5", "alice", "card"));
            Scrape scrape = scraped(shop);
            assertEquals(2, scrape.value("bayar_payments_total", payment("sale", "approved", "ledger", "call")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "approved", "ledger", "tcp")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "approved", "ledger", "ws")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "approved", "card", "call")));
            assertEquals(1, scrape.value("bayar_payments_total", payment("sale", "do_not_honor", "card", "call")));
            assertEquals(2, scrape.value("bayar_payments_total", payment("sale", "processor_error", "card", "call")));
            assertEquals(
                    1, scrape.value("bayar_payments_total", payment("sale", "insufficient_funds", "ledger", "call")));
            assertEquals(1, scrape.value("bayar_payments_replayed_total", ""));
            assertEquals(1, scrape.value("bayar_pending", ""));
            assertEquals(2, scrape.value("bayar_in_doubt", ""));
            assertEquals(3, scrape.value("bayar_unresolved", ""));
            assertEquals(4, scrape.value("bayar_holds", ""));
            assertEquals(
                    shop.engine.store().payments(),
                    scrape.value("bayar_store_records", ""),
                    "what the ledger holds it says of itself");
            assertEquals(2, scrape.value("bayar_stage_duration_seconds_count", "stage=\"decode\""));
            assertEquals(4, scrape.value("bayar_stage_duration_seconds_count", "stage=\"processor\""));
            assertEquals(shop.engine.status().answered(), scrape.value("bayar_payment_duration_seconds_count", ""));
            assertEquals(
                    shop.engine.status().answered(),
                    scrape.value("bayar_payment_duration_seconds_bucket", "le=\"+Inf\""));
            assertEquals(1, scrape.value("bayar_connections_accepted_total", "transport=\"tcp\""));
        }
    }

    /** No number twice, so that none can stand in another's place; times in seconds, sizes in bytes. */
    @Test
    void whatTheEngineShowsHasItsOwnNameAndUnit() {
        Instant time = Instant.parse("2026-11-23T09:00:00Z");
        EngineStatus status = new EngineStatus(
                null,
                3,
                1024,
                true,
                5,
                7,
                time.minusMillis(90_500),
                11,
                13,
                17,
                19,
                23,
                29,
                time,
                time,
                time.plusMillis(2_250));
        StoreStatus store = new StoreStatus("a store", true, 31, 37, 41, 43, 47, 53, 59);
        List<TransportStatus> transports = List.of(
                new TransportStatus("tcp", 61, 67, 71, 73, 79, 83, 89),
                new TransportStatus("ws", 97, 101, 103, 107, 109, 113, 127),
                new TransportStatus("ws", 1000, 2000, 3000, 4000, 5000, 6000, 7000));
        monitor.started(new Showing(status, store, transports));
        Scrape scrape = new Scrape(monitor.scrape());

        assertEquals(1, scrape.value("bayar_engine_accepting", ""));
        assertEquals(3, scrape.value("bayar_queue_depth", ""));
        assertEquals(1024, scrape.value("bayar_queue_capacity", ""));
        assertEquals(1, scrape.value("bayar_queue_congested", ""));
        assertEquals(5, scrape.value("bayar_pending", ""));
        assertEquals(7, scrape.value("bayar_in_doubt", ""));
        assertEquals(90.5, scrape.value("bayar_in_doubt_oldest_age_seconds", ""));
        assertEquals(11, scrape.value("bayar_contradicted", ""));
        assertEquals(19, scrape.value("bayar_extension_events_dropped_total", ""));
        assertEquals(23, scrape.value("bayar_extension_events_failed_total", ""));
        assertEquals(29, scrape.value("bayar_probe_events_failed_total", ""));
        assertEquals(2.25, scrape.value("bayar_clock_behind_seconds", ""));
        assertEquals(1, scrape.value("bayar_store_writable", ""));
        assertEquals(31, scrape.value("bayar_store_records", ""));
        assertEquals(37, scrape.value("bayar_holds", ""));
        assertEquals(41, scrape.value("bayar_unresolved", ""));
        assertEquals(43, scrape.value("bayar_store_file_size_bytes", ""));
        assertEquals(47, scrape.value("bayar_store_log_size_bytes", ""));
        assertEquals(53, scrape.value("bayar_store_written_bytes_total", ""));
        assertEquals(59, scrape.value("bayar_store_disk_free_bytes", ""));
        assertEquals(List.of(61.0, 67.0, 71.0, 73.0, 79.0, 83.0, 89.0), connections(scrape, "tcp"));
        assertEquals(
                List.of(1097.0, 2101.0, 3103.0, 4107.0, 5109.0, 6113.0, 7127.0),
                connections(scrape, "ws"),
                "all of one name together");
        monitor.stopping();
    }

    /** In the order of {@link TransportStatus}. */
    private static List<Double> connections(Scrape scrape, String transport) {
        String of = "transport=\"" + transport + "\"";
        return List.of(
                scrape.value("bayar_connections", of),
                scrape.value("bayar_connections_accepted_total", of),
                scrape.value("bayar_connections_refused_total", of),
                scrape.value("bayar_connections_closed_total", "cause=\"slow\"," + of),
                scrape.value("bayar_connections_closed_total", "cause=\"broken\"," + of),
                scrape.value("bayar_network_received_bytes_total", of),
                scrape.value("bayar_network_sent_bytes_total", of));
    }

    @Test
    void whatRefusesAndWhatIsNotWritableIsZero() {
        Instant time = Instant.EPOCH;
        EngineStatus status = new EngineStatus(
                Reason.ENGINE_STOPPED, 0, 1, false, 0, 0, null, 0, 0, 0, 0, 0, 0, time, time, time.minusSeconds(9));
        StoreStatus store = new StoreStatus("a store", false, 0, 0, 0, 0, 0, 0, 0);
        monitor.started(new Showing(status, store, List.of()));
        Scrape scrape = new Scrape(monitor.scrape());

        assertEquals(0, scrape.value("bayar_engine_accepting", ""));
        assertEquals(0, scrape.value("bayar_queue_congested", ""));
        assertEquals(0, scrape.value("bayar_store_writable", ""));
        assertEquals(0, scrape.value("bayar_in_doubt_oldest_age_seconds", ""));
        assertEquals(0, scrape.value("bayar_clock_behind_seconds", ""), "it is ahead, as it should be");
        monitor.stopping();
    }

    /** Each stage has its own time, and a batch that recorded nothing none. */
    @Test
    void whatIsMeasuredIsToldInSecondsStageByStage() {
        Metrics metrics = new Metrics(prometheus, Tags.empty());
        Receipt refused = Receipt.refused("x", Refusal.of(Reason.SIGNATURE_INVALID), 0);
        Stages stages = new Stages(1_000, 20_000, 3_000_000, 40_000_000, 500_000_000, 6_000_000_000L);
        metrics.answered(new AnswerEvent(null, null, refused, null, "tcp", "tcp:peer", stages));
        metrics.answered(new AnswerEvent(
                null, null, refused, null, "tcp", "tcp:peer", new Stages(0, 0, 0, 0, 0, 1_000_000_000)));
        metrics.committed(new BatchEvent(8, 5, 1, 70_000_000));
        metrics.committed(new BatchEvent(2, 0, 1, 900_000_000));
        Scrape scrape = new Scrape(prometheus.scrape());

        Map<String, Double> seconds =
                Map.of("decode", 1e-6, "verify", 2e-5, "queue", 3e-3, "commit", 4e-2, "processor", 0.5);
        seconds.forEach((stage, expected) -> {
            String of = "stage=\"" + stage + "\"";
            assertEquals(expected, scrape.value("bayar_stage_duration_seconds_sum", of), 1e-12, stage);
            assertEquals(1, scrape.value("bayar_stage_duration_seconds_count", of), stage);
        });
        assertEquals(7, scrape.value("bayar_payment_duration_seconds_sum", ""), 1e-9);
        assertEquals(2, scrape.value("bayar_payment_duration_seconds_count", ""));
        assertEquals(0.07, scrape.value("bayar_commit_duration_seconds_sum", ""), 1e-12);
        assertEquals(1, scrape.value("bayar_commit_duration_seconds_count", ""));
        assertEquals(10, scrape.value("bayar_batch_commands_sum", ""));
        assertEquals(2, scrape.value("bayar_batch_commands_count", ""));
        assertEquals(5, scrape.value("bayar_records_total", ""));
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
