package bayar.monitor;

import bayar.BayarException;
import bayar.monitor.LogLevels.Level;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** What machines ask the monitor for: metrics, health, and the levels of loggers. */
final class MachineViews implements Door.Views {
    private static final Logger audit = LoggerFactory.getLogger("bayar.audit");
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final Pattern LOGGER = Pattern.compile("[A-Za-z0-9._$-]{1,200}");
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_IMPLEMENTED = 501;
    private static final int UNAVAILABLE = 503;

    private final Metrics metrics;
    private final Supplier<Health> health;
    private final LogLevels levels;

    MachineViews(Metrics metrics, Supplier<Health> health, LogLevels levels) {
        this.metrics = metrics;
        this.health = health;
        this.levels = levels;
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
                ? Answer.refused(NOT_FOUND, "the host's registry is not one that Prometheus can scrape")
                : Answer.text(PROMETHEUS_TEXT, registry.scrape(PROMETHEUS_TEXT));
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
        return Answer.json(is ? OK : UNAVAILABLE, Map.of("status", is ? yes : no));
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
        return Answer.json(found.isReady() ? OK : UNAVAILABLE, new HealthTold(status, checks));
    }

    @Override
    public Answer loggers() {
        try {
            Map<String, String> told = new TreeMap<>();
            levels.levels().forEach((name, level) -> told.put(name, code(level)));
            return Answer.json(Map.of("loggers", told));
        } catch (BayarException e) {
            return Answer.refused(NOT_IMPLEMENTED, e.getMessage());
        }
    }

    /** What {@code PUT /loggers} says. */
    private record Order(@Nullable String logger, @Nullable String level) {}

    @Override
    public Answer setLogger(byte[] json) {
        Order order;
        try {
            order = Json.read(json, Order.class);
        } catch (JacksonException e) {
            return Answer.refused(BAD_REQUEST, "the body must be {\"logger\":\"bayar.request\",\"level\":\"warn\"}");
        }
        String logger = order.logger();
        if (logger == null || !LOGGER.matcher(logger).matches()) {
            return Answer.refused(BAD_REQUEST, "logger must be the name of one, or root");
        }
        Level level = level(order.level());
        if (level == null) {
            return Answer.refused(
                    BAD_REQUEST,
                    "level must be one of "
                            + String.join(
                                    ", ",
                                    Arrays.stream(Level.values())
                                            .map(MachineViews::code)
                                            .toList()));
        }
        try {
            levels.set(logger, level);
        } catch (BayarException e) {
            return Answer.refused(NOT_IMPLEMENTED, e.getMessage());
        }
        audit.info("action=log_level logger={} level={}", logger, code(level));
        return loggers();
    }

    private static @Nullable Level level(@Nullable String code) {
        for (Level level : Level.values()) {
            if (code(level).equals(code)) {
                return level;
            }
        }
        return null;
    }

    private static String code(Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }
}
