package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.store.MemoryStore;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One span of each request, in the trace that it was sent in. */
@Timeout(60)
class TracingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .build();

    @Test
    void aPaymentIsASpanInTheTraceOfItsMessage() {
        SpanData span = spanOf("00-" + TRACE + "-" + PARENT + "-01");
        assertEquals("bayar sale", span.getName());
        assertEquals(SpanKind.SERVER, span.getKind());
        assertEquals(TRACE, span.getTraceId());
        assertEquals(PARENT, span.getParentSpanId());
        assertEquals("t1", span.getAttributes().get(AttributeKey.stringKey("bayar.id")));
        assertEquals("approved", span.getAttributes().get(AttributeKey.stringKey("bayar.reason")));
        assertEquals("tcp", span.getAttributes().get(AttributeKey.stringKey("bayar.transport")));
        List<EventData> stages = span.getEvents();
        assertEquals(
                List.of("verified", "taken", "durable"),
                stages.stream().map(EventData::getName).toList());
        assertTrue(span.getStartEpochNanos() <= stages.get(0).getEpochNanos());
        assertTrue(stages.get(2).getEpochNanos() <= span.getEndEpochNanos());
    }

    @Test
    void whatIsNoContextCostsThePaymentNothing() {
        SpanData span = spanOf("00-00000000000000000000000000000000-" + PARENT + "-01");
        assertFalse(span.getParentSpanContext().isValid());
        assertEquals("approved", span.getAttributes().get(AttributeKey.stringKey("bayar.reason")));
    }

    @Test
    void whatIsInDoubtIsAnError() {
        try (Shop shop = new Shop(new MemoryStore(), monitor())) {
            shop.doubt("p1");
        }
        SpanData span = exporter.getFinishedSpanItems().get(0);
        assertEquals(StatusCode.ERROR, span.getStatus().getStatusCode());
        assertEquals("card", span.getAttributes().get(AttributeKey.stringKey("bayar.method")));
        assertTrue(span.getEvents().stream().anyMatch(event -> event.getName().equals("processed")));
    }

    /** Closing the engine lets the monitor have what is queued for it. */
    private SpanData spanOf(String traceparent) {
        try (Shop shop = new Shop(new MemoryStore(), monitor())) {
            shop.traceparent = traceparent;
            shop.overTcp(Shop.sale("t1", "alice", "ledger"));
        }
        List<SpanData> spans = exporter.getFinishedSpanItems();
        assertEquals(1, spans.size());
        return spans.get(0);
    }

    private Monitor monitor() {
        return Monitor.builder().tracing(telemetry).build();
    }
}
