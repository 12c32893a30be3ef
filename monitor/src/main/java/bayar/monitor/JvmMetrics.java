package bayar.monitor;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

/** The registry that is used; where it is our own, with what Micrometer knows of the process: memory, collections, threads. */
final class JvmMetrics implements AutoCloseable {
    private final MeterRegistry registry;
    private final @Nullable JvmGcMetrics collections;

    private JvmMetrics(MeterRegistry registry, @Nullable JvmGcMetrics collections) {
        this.registry = registry;
        this.collections = collections;
    }

    /** The host's registry, whose host measures its process itself. */
    static JvmMetrics none(MeterRegistry registry) {
        return new JvmMetrics(registry, null);
    }

    static JvmMetrics ownRegistry() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        // Prometheus' own tool finds fault with their names; what is beside them tells as much.
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        JvmGcMetrics collections = new JvmGcMetrics();
        collections.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return new JvmMetrics(registry, collections);
    }

    MeterRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        if (collections != null) {
            collections.close();
            registry.close();
        }
    }
}
