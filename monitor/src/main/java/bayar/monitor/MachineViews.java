package bayar.monitor;

import bayar.BayarException;
import bayar.monitor.LogLevels.Level;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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
    private static final int NOT_FOUND = 404;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_IMPLEMENTED = 501;
    private static final int UNAVAILABLE = 503;

    private final Monitor monitor;
    private final LogLevels levels;

    MachineViews(Monitor monitor, LogLevels levels) {
        this.monitor = monitor;
        this.levels = levels;
    }

    @Override
    public Answer metrics() {
        try {
            return Answer.text(PROMETHEUS_TEXT, monitor.scrape());
        } catch (BayarException e) {
            return Answer.refused(NOT_FOUND, e.getMessage());
        }
    }

    @Override
    public Answer live() {
        Health health = monitor.health();
        return told(health.isLive(), Map.of("live", health.isLive()));
    }

    @Override
    public Answer ready() {
        Health health = monitor.health();
        return told(health.isReady(), Map.of("ready", health.isReady()));
    }

    @Override
    public Answer health() {
        Health health = monitor.health();
        return told(health.isReady(), new Details(health));
    }

    private static Answer told(boolean isGood, Object value) {
        return Answer.json(isGood ? 200 : UNAVAILABLE, value);
    }

    /** Health as it stands in JSON. */
    private record Details(boolean live, boolean ready, Map<String, Checked> checks) {
        Details(Health health) {
            this(health.isLive(), health.isReady(), checked(health));
        }

        private static Map<String, Checked> checked(Health health) {
            Map<String, Checked> all = new TreeMap<>();
            for (Health.Check check : health.checks()) {
                boolean hasValue = !check.unit().isEmpty();
                all.put(
                        check.name(),
                        new Checked(
                                check.level().name().toLowerCase(Locale.ROOT),
                                check.message(),
                                hasValue ? check.value() : null,
                                hasValue ? check.unit() : null));
            }
            return all;
        }
    }

    private record Checked(
            String level,
            String message,
            @Nullable Long value,
            @Nullable String unit) {}

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
