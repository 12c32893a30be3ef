package bayar.monitor;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What machines ask an engine's monitor for: metrics as Prometheus reads them, and health as JSON. */
final class MachineViews implements Door.Views {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Metrics metrics;
    private final Supplier<Health> health;

    MachineViews(Metrics metrics, Supplier<Health> health) {
        this.metrics = metrics;
        this.health = health;
    }

    /**
     * The answer to {@code GET /health}.
     *
     * @param status {@code ready}, {@code not_ready} or {@code stopped}
     */
    record HealthTold(String status, List<CheckTold> checks) {}

    /** One check of it; value and unit are not there where there is no number. */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    record CheckTold(String name, String level, String message, long value, String unit) {}

    @Override
    public Answer metrics() {
        PrometheusMeterRegistry registry = metrics.prometheus();
        return registry == null
                ? Answer.refused(404, "the host's registry is not one that Prometheus can scrape")
                : Answer.text(PROMETHEUS, registry.scrape(PROMETHEUS));
    }

    @Override
    public Answer live() {
        return told(health.get().isLive(), "live", "stopped");
    }

    @Override
    public Answer ready() {
        return told(health.get().isReady(), "ready", "not_ready");
    }

    private static Answer told(boolean is, String yes, String no) {
        return Answer.json(is ? 200 : 503, Map.of("status", is ? yes : no));
    }

    @Override
    public Answer health() {
        Health found = health.get();
        String status = found.isReady() ? "ready" : found.isLive() ? "not_ready" : "stopped";
        List<CheckTold> checks = found.checks().stream()
                .map(check -> new CheckTold(
                        check.name(),
                        check.level().name().toLowerCase(Locale.ROOT),
                        check.message(),
                        check.value(),
                        check.unit()))
                .toList();
        return Answer.json(found.isReady() ? 200 : 503, new HealthTold(status, checks));
    }
}
