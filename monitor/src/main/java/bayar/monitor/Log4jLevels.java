package bayar.monitor;

import java.util.Map;
import java.util.TreeMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;

/** The levels of Log4j. */
final class Log4jLevels implements LogLevels {
    private final LoggerContext context;

    Log4jLevels(LoggerContext context) {
        this.context = context;
    }

    static LogLevels ofProvider() {
        return new Log4jLevels((LoggerContext) LogManager.getContext(false));
    }

    @Override
    public Map<String, Level> levels() {
        Map<String, Level> levels = new TreeMap<>();
        context.getConfiguration().getLoggers().forEach((name, logger) -> {
            if (logger.getLevel() != null) {
                levels.put(name.isEmpty() ? ROOT : name, of(logger.getLevel()));
            }
        });
        // Without a configuration of its own Log4j has a root logger that is in no list.
        levels.put(ROOT, of(context.getConfiguration().getRootLogger().getLevel()));
        return levels;
    }

    @Override
    public void set(String logger, Level level) {
        String name = logger.equals(ROOT) ? LogManager.ROOT_LOGGER_NAME : logger;
        Configurator.setLevel(context.getLogger(name), org.apache.logging.log4j.Level.valueOf(level.name()));
    }

    private static Level of(org.apache.logging.log4j.Level level) {
        Level found = Level.TRACE;
        for (Level candidate : Level.values()) {
            if (org.apache.logging.log4j.Level.valueOf(candidate.name()).intLevel() >= level.intLevel()) {
                found = candidate;
            }
        }
        return found;
    }
}
