package bayar.monitor;

import bayar.AnswerEvent;
import bayar.BatchEvent;
import bayar.Operation;
import bayar.Operator;
import bayar.PaymentRequest;
import bayar.Probe;
import bayar.Reason;
import bayar.Stages;
import bayar.TransportStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an engine does, and offers it with what the engine shows of itself to a Micrometer registry.
 *
 * <p>An answer costs about fifteen additions and no look-up in the registry: Micrometer's own timers would cost more than
 * the budget of the whole probe. What is counted here is read when the registry is scraped. The series are bounded: they
 * are told apart by operation, reason (with its status), transport, and by method where a processor of that name is
 * plugged in; never by who pays whom, or anything else that a client chooses.
 */
final class Metrics implements Probe, AutoCloseable {
    static final String PAYMENTS = "bayar.payments";
    private static final String STAGE = "bayar.stage.duration";
    private static final String DURATION = "bayar.payment.duration";
    private static final String COMMIT = "bayar.commit.duration";
    private static final String BATCH = "bayar.batch.commands";

    /** The label of what is not there. */
    private static final String NONE = "none";

    /** The label of all methods that nobody does here. */
    private static final String OTHER = "other";

    private static final int OPERATIONS = Operation.values().length + 1;
    private static final int REASONS = Reason.values().length;
    private static final int MAX_TRANSPORTS = 16;

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Runnable> undo = new ArrayList<>();
    private volatile Set<String> methods = Set.of(PaymentRequest.LEDGER);
    private volatile boolean isClosed;

    /** By transport, then by the method's label: a counter for each operation and reason. */
    private final Map<String, Map<String, AtomicReferenceArray<@Nullable LongAdder>>> payments =
            new ConcurrentHashMap<>();

    private final LongAdder replayed = new LongAdder();
    private final LongAdder records = new LongAdder();
    private final Histogram decode = new Histogram(Histogram.QUICK_NANOS);
    private final Histogram verify = new Histogram(Histogram.QUICK_NANOS);
    private final Histogram queue = new Histogram(Histogram.SLOW_NANOS);
    private final Histogram commit = new Histogram(Histogram.SLOW_NANOS);
    private final Histogram processor = new Histogram(Histogram.SLOW_NANOS);
    private final Histogram total = new Histogram(Histogram.SLOW_NANOS);
    private final Histogram storeCommit = new Histogram(Histogram.SLOW_NANOS);
    private final Histogram batchCommands = new Histogram(Histogram.SIZES);

    /** @param tags that every series gets, to tell several engines in one registry apart */
    Metrics(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
        counter("bayar.payments.replayed", "Answers that were given before, to a request sent again", replayed);
        counter("bayar.records", "Records that became durable", records);
        List<Series> series = List.of(
                new Series(STAGE, "How long requests took in each stage", "stage", "decode", decode, true),
                new Series(STAGE, "How long requests took in each stage", "stage", "verify", verify, true),
                new Series(STAGE, "How long requests took in each stage", "stage", "queue", queue, true),
                new Series(STAGE, "How long requests took in each stage", "stage", "commit", commit, true),
                new Series(STAGE, "How long requests took in each stage", "stage", "processor", processor, true),
                new Series(DURATION, "From a message's arrival to its answer", null, null, total, true),
                new Series(
                        COMMIT,
                        "How long the store took to make a batch with records durable",
                        null,
                        null,
                        storeCommit,
                        true),
                new Series(BATCH, "How many commands a batch had", null, null, batchCommands, false));
        offer(series, registry);
    }

    /** One histogram as it is offered. */
    record Series(
            String name,
            String description,
            @Nullable String key,
            @Nullable String value,
            Histogram histogram,
            boolean isTime) {
        Tags tags(Tags more) {
            return key == null || value == null ? more : more.and(key, value);
        }
    }

    // What the engine calls.

    @Override
    public void answered(AnswerEvent event) {
        PaymentRequest request = event.request();
        Reason reason = event.receipt().reason();
        int operation = request == null ? 0 : 1 + request.type().ordinal();
        counter(event.transport(), label(event.method()), operation, reason).increment();
        if (event.receipt().replayed()) {
            replayed.increment();
        }
        Stages stages = event.stages();
        record(decode, stages.decodeNanos());
        record(verify, stages.verifyNanos());
        record(queue, stages.queueNanos());
        record(commit, stages.commitNanos());
        record(processor, stages.processorNanos());
        total.record(stages.totalNanos());
    }

    /** A stage that was not passed takes no time. */
    private static void record(Histogram stage, long nanos) {
        if (nanos > 0) {
            stage.record(nanos);
        }
    }

    @Override
    public void committed(BatchEvent event) {
        if (event.recorded() > 0) {
            storeCommit.record(event.commitNanos());
        }
        batchCommands.record(event.commands());
        records.add(event.recorded());
    }

    private String label(@Nullable String method) {
        if (method == null) {
            return NONE;
        }
        return methods.contains(method) ? method : OTHER;
    }

    private LongAdder counter(String transport, String method, int operation, Reason reason) {
        Map<String, AtomicReferenceArray<@Nullable LongAdder>> byMethod = payments.get(transport);
        AtomicReferenceArray<@Nullable LongAdder> counters = byMethod == null ? null : byMethod.get(method);
        LongAdder counter = counters == null ? null : counters.get(operation * REASONS + reason.ordinal());
        return counter != null ? counter : newCounter(transport, method, operation, reason);
    }

    /** Once for each series. */
    private synchronized LongAdder newCounter(String transport, String method, int operation, Reason reason) {
        String carrier = payments.containsKey(transport) || payments.size() < MAX_TRANSPORTS ? transport : OTHER;
        AtomicReferenceArray<@Nullable LongAdder> counters = payments.computeIfAbsent(
                        carrier, added -> new ConcurrentHashMap<>())
                .computeIfAbsent(method, added -> new AtomicReferenceArray<>(OPERATIONS * REASONS));
        int index = operation * REASONS + reason.ordinal();
        LongAdder there = counters.get(index);
        if (there != null) {
            return there;
        }
        LongAdder counter = new LongAdder();
        counters.set(index, counter);
        String type = operation == 0 ? NONE : Operation.values()[operation - 1].code();
        keep(FunctionCounter.builder(PAYMENTS, counter, LongAdder::sum)
                .description("Requests that were answered")
                .tags(tags.and(
                        "operation", type,
                        "status", reason.status().code(),
                        "reason", reason.code(),
                        "method", method,
                        "transport", carrier))
                .register(registry));
        return counter;
    }

    // What the engine shows of itself.

    /** The engine has started: offers what can be read from it. */
    void started(Operator operator, Readings readings) {
        Set<String> known = new HashSet<>(operator.methods());
        known.add(PaymentRequest.LEDGER);
        methods = Set.copyOf(known);

        gauge(
                "bayar.engine.accepting",
                "1 while requests are taken, 0 when all are refused",
                null,
                readings,
                r -> r.now().engine().refusing() == null ? 1 : 0);
        gauge(
                "bayar.queue.depth",
                "Requests that wait for the committer",
                null,
                readings,
                r -> r.now().engine().queued());
        gauge(
                "bayar.queue.capacity",
                "Requests that may wait for the committer",
                null,
                readings,
                r -> r.now().engine().queueCapacity());
        gauge(
                "bayar.queue.congested",
                "1 while more waits than should",
                null,
                readings,
                r -> r.now().engine().isCongested() ? 1 : 0);
        gauge(
                "bayar.pending",
                "Payments that are with their processors",
                null,
                readings,
                r -> r.now().engine().pending());
        gauge(
                "bayar.in.doubt",
                "Payments in doubt",
                null,
                readings,
                r -> r.now().engine().inDoubt());
        keep(TimeGauge.builder("bayar.in.doubt.oldest.age", readings, TimeUnit.MILLISECONDS, Metrics::oldestAgeMillis)
                .description("How long the oldest payment in doubt is so; 0 when none is")
                .tags(tags)
                .register(registry));
        gauge(
                "bayar.contradicted",
                "Payments that something contradicts, not acknowledged",
                null,
                readings,
                r -> r.now().engine().contradicted());
        gauge(
                "bayar.unresolved",
                "Payments pending, in doubt, or contradicted and not acknowledged",
                null,
                readings,
                r -> r.now().store().unresolved());
        gauge(
                "bayar.holds",
                "Authorizations that hold something",
                null,
                readings,
                r -> r.now().store().holds());
        keep(TimeGauge.builder("bayar.clock.behind", readings, TimeUnit.MILLISECONDS, Metrics::behindMillis)
                .description("How far the clock is behind the last record; more than 0 when it was set back")
                .tags(tags)
                .register(registry));
        counter(
                "bayar.extension.events.dropped",
                "Events that slow extensions have missed",
                null,
                readings,
                r -> r.now().engine().eventsDropped());
        counter(
                "bayar.extension.events.failed",
                "Events that extensions threw on",
                null,
                readings,
                r -> r.now().engine().eventsFailed());
        counter(
                "bayar.probe.events.failed",
                "Events that probes threw on",
                null,
                readings,
                r -> r.now().engine().probesFailed());
        gauge(
                "bayar.store.writable",
                "1 while the store takes batches",
                null,
                readings,
                r -> r.now().store().isWritable() ? 1 : 0);
        gauge(
                "bayar.store.records",
                "Records in the ledger",
                null,
                readings,
                r -> r.now().store().payments());
        gauge(
                "bayar.store.file.size",
                "The ledger's file",
                "bytes",
                readings,
                r -> r.now().store().fileBytes());
        gauge(
                "bayar.store.log.size",
                "The log beside the ledger's file",
                "bytes",
                readings,
                r -> r.now().store().logBytes());
        counter(
                "bayar.store.written",
                "What was written to that log",
                "bytes",
                readings,
                r -> r.now().store().writtenBytes());
        gauge(
                "bayar.store.disk.free",
                "Room left on the ledger's disk",
                "bytes",
                readings,
                r -> r.now().store().usableBytes());
        operator.transports().stream()
                .map(TransportStatus::name)
                .distinct()
                .forEach(name -> offerTransport(name, readings));
    }

    private void offerTransport(String name, Readings readings) {
        Tags of = tags.and("transport", name);
        keep(Gauge.builder("bayar.connections", readings, r -> sum(r, name, TransportStatus::open))
                .description("Connections that are open")
                .tags(of)
                .register(registry));
        count(
                "bayar.connections.accepted",
                "Connections that were accepted",
                null,
                of,
                readings,
                r -> sum(r, name, TransportStatus::accepted));
        count(
                "bayar.connections.refused",
                "Connections closed at once, since there were too many",
                null,
                of,
                readings,
                r -> sum(r, name, TransportStatus::refused));
        String closed = "Connections closed for what their peer did: slow ones do not read, broken ones do not keep to"
                + " the protocol";
        count(
                "bayar.connections.closed",
                closed,
                null,
                of.and("cause", "slow"),
                readings,
                r -> sum(r, name, TransportStatus::slow));
        count(
                "bayar.connections.closed",
                closed,
                null,
                of.and("cause", "broken"),
                readings,
                r -> sum(r, name, TransportStatus::broken));
        count(
                "bayar.network.received",
                "What was received",
                "bytes",
                of,
                readings,
                r -> sum(r, name, TransportStatus::bytesIn));
        count(
                "bayar.network.sent",
                "What was sent",
                "bytes",
                of,
                readings,
                r -> sum(r, name, TransportStatus::bytesOut));
    }

    private static double sum(Readings readings, String transport, ToLongFunction<TransportStatus> value) {
        return readings.now().transports().stream()
                .filter(status -> status.name().equals(transport))
                .mapToLong(value)
                .sum();
    }

    private static double oldestAgeMillis(Readings readings) {
        Instant oldest = readings.now().engine().oldestInDoubt();
        return oldest == null
                ? 0
                : Math.max(
                        0,
                        Duration.between(oldest, readings.now().engine().time()).toMillis());
    }

    private static double behindMillis(Readings readings) {
        Instant last = readings.now().engine().lastRecorded();
        return last == null
                ? 0
                : Math.max(
                        0,
                        Duration.between(readings.now().engine().time(), last).toMillis());
    }

    private void gauge(
            String name,
            String description,
            @Nullable String unit,
            Readings readings,
            ToDoubleFunction<Readings> value) {
        keep(Gauge.builder(name, readings, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .register(registry));
    }

    private void counter(
            String name,
            String description,
            @Nullable String unit,
            Readings readings,
            ToDoubleFunction<Readings> value) {
        count(name, description, unit, tags, readings, value);
    }

    private void counter(String name, String description, LongAdder adder) {
        keep(FunctionCounter.builder(name, adder, LongAdder::sum)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    private void count(
            String name,
            String description,
            @Nullable String unit,
            Tags of,
            Readings readings,
            ToDoubleFunction<Readings> value) {
        keep(FunctionCounter.builder(name, readings, value)
                .description(description)
                .baseUnit(unit)
                .tags(of)
                .register(registry));
    }

    // Histograms: whole ones where Prometheus reads, Micrometer's common form elsewhere.

    private void offer(List<Series> series, MeterRegistry to) {
        if (to instanceof CompositeMeterRegistry composite) {
            composite.getRegistries().forEach(part -> offer(series, part));
        } else if (to instanceof PrometheusMeterRegistry prometheus) {
            PrometheusHistograms histograms = new PrometheusHistograms(prometheus, series, tags);
            prometheus.getPrometheusRegistry().register(histograms);
            undo.add(() -> prometheus.getPrometheusRegistry().unregister(histograms));
        } else {
            series.forEach(one -> offer(one, to));
        }
    }

    private void offer(Series series, MeterRegistry to) {
        Histogram histogram = series.histogram();
        Tags of = series.tags(tags);
        if (series.isTime()) {
            keep(
                    to,
                    FunctionTimer.builder(
                                    series.name(), histogram, Histogram::count, Histogram::sum, TimeUnit.NANOSECONDS)
                            .description(series.description())
                            .tags(of)
                            .register(to));
        } else {
            keep(
                    to,
                    FunctionCounter.builder(series.name() + ".count", histogram, Histogram::count)
                            .tags(of)
                            .register(to));
            keep(
                    to,
                    FunctionCounter.builder(series.name() + ".sum", histogram, Histogram::sum)
                            .tags(of)
                            .register(to));
        }
        long[] bounds = histogram.bounds();
        for (int i = 0; i < bounds.length; i++) {
            int bucket = i;
            double bound = series.isTime() ? (double) bounds[i] / TimeUnit.SECONDS.toNanos(1) : bounds[i];
            keep(
                    to,
                    Gauge.builder(series.name() + ".histogram", histogram, h -> h.upTo(bucket))
                            .tags(of.and("le", String.valueOf(bound)))
                            .register(to));
        }
    }

    private void keep(Meter meter) {
        keep(registry, meter);
    }

    private synchronized void keep(MeterRegistry in, Meter meter) {
        if (isClosed) {
            in.remove(meter);
        } else {
            undo.add(() -> in.remove(meter));
        }
    }

    /** The registry that Prometheus can scrape, or null when there is none. */
    @Nullable
    PrometheusMeterRegistry prometheus() {
        return prometheus(registry);
    }

    private static @Nullable PrometheusMeterRegistry prometheus(MeterRegistry registry) {
        if (registry instanceof PrometheusMeterRegistry found) {
            return found;
        }
        if (registry instanceof CompositeMeterRegistry composite) {
            for (MeterRegistry part : composite.getRegistries()) {
                PrometheusMeterRegistry found = prometheus(part);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** Takes all of it out of the registry, which may be the host's and live on. */
    @Override
    public synchronized void close() {
        isClosed = true;
        undo.forEach(Runnable::run);
        undo.clear();
    }
}
