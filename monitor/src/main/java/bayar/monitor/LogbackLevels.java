package bayar.monitor;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** The levels of Logback. */
final class LogbackLevels implements LogLevels {
    private final LoggerContext context;

    LogbackLevels(LoggerContext context) {
        this.context = context;
    }

    static LogLevels ofProvider() {
        return new LogbackLevels((LoggerContext) LoggerFactory.getILoggerFactory());
    }

    @Override
    public Map<String, Level> levels() {
        Map<String, Level> levels = new TreeMap<>();
        for (Logger logger : context.getLoggerList()) {
            if (logger.getLevel() != null) {
                boolean isRoot = logger.getName().equals(Logger.ROOT_LOGGER_NAME);
                levels.put(isRoot ? ROOT : logger.getName(), of(logger.getLevel()));
            }
        }
        return levels;
    }

    @Override
    public void set(String logger, Level level) {
        String name = logger.equals(ROOT) ? Logger.ROOT_LOGGER_NAME : logger;
        context.getLogger(name).setLevel(ch.qos.logback.classic.Level.toLevel(level.name()));
    }

    private static Level of(ch.qos.logback.classic.Level level) {
        Level found = Level.TRACE;
        for (Level candidate : Level.values()) {
            if (ch.qos.logback.classic.Level.toLevel(candidate.name()).toInt() <= level.toInt()) {
                found = candidate;
            }
        }
        return found;
    }
}
