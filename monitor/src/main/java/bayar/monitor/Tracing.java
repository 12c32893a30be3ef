package bayar.monitor;

import bayar.AnswerEvent;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Stages;
import bayar.Status;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes one span of each answer: as long as the request took, with an event where each of its stages ended. */
final class Tracing {
    private static final String SCOPE = "bayar";

    private final Tracer tracer;
    private final Clock clock;
    private final LongSupplier nanoTicker;

    /** @param nanoTicker the engine's */
    Tracing(OpenTelemetry telemetry, Clock clock, LongSupplier nanoTicker) {
        this.tracer = telemetry.getTracer(SCOPE);
        this.clock = clock;
        this.nanoTicker = nanoTicker;
    }

    void answered(AnswerEvent event) {
        PaymentRequest request = event.request();
        Receipt receipt = event.receipt();
        Stages stages = event.stages();
        Instant now = clock.instant();
        long nowEpochNanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        long endNanos = nowEpochNanos - Math.max(0, nanoTicker.getAsLong() - event.answeredNanos());
        long startNanos = endNanos - stages.totalNanos();
        String operation = request == null ? "request" : request.type().code();
        SpanBuilder builder = tracer.spanBuilder(SCOPE + " " + operation)
                .setParent(parent(event.traceparent()))
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(startNanos, TimeUnit.NANOSECONDS)
                .setAttribute("bayar.operation", operation)
                .setAttribute("bayar.status", receipt.status().code())
                .setAttribute("bayar.reason", receipt.reason().code())
                .setAttribute("bayar.transport", event.transport());
        set(builder, "bayar.id", receipt.id());
        set(builder, "bayar.principal", event.principal());
        set(builder, "bayar.method", event.method());
        Span span = builder.startSpan();
        if (span.isRecording()) {
            addStages(span, stages, startNanos);
            if (receipt.status() == Status.IN_DOUBT || receipt.status() == Status.FAILED) {
                span.setStatus(StatusCode.ERROR, receipt.reason().code());
            }
        }
        span.end(endNanos, TimeUnit.NANOSECONDS);
    }

    private static void set(SpanBuilder span, String key, @Nullable String value) {
        if (value != null) {
            span.setAttribute(key, value);
        }
    }

    private static void addStages(Span span, Stages stages, long startNanos) {
        long at = startNanos + stages.decodeNanos() + stages.verifyNanos();
        addStage(span, "verified", stages.verifyNanos(), at);
        at += stages.queueNanos();
        addStage(span, "taken", stages.queueNanos(), at);
        at += stages.commitNanos();
        addStage(span, "durable", stages.commitNanos(), at);
        at += stages.processorNanos();
        addStage(span, "processed", stages.processorNanos(), at);
    }

    private static void addStage(Span span, String end, long nanos, long atNanos) {
        if (nanos > 0) {
            span.addEvent(end, atNanos, TimeUnit.NANOSECONDS);
        }
    }

    private static Context parent(@Nullable String traceparent) {
        return traceparent == null
                ? Context.root()
                : W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, new OneHeader());
    }

    /** The carrier is the one value that there is. */
    private static final class OneHeader implements TextMapGetter<String> {
        private static final String NAME = "traceparent";

        @Override
        public @Nullable String get(@Nullable String carrier, String key) {
            return key.equals(NAME) ? carrier : null;
        }
    }
}
