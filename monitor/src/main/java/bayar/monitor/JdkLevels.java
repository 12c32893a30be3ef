package bayar.monitor;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** The levels of {@code java.util.logging}. */
final class JdkLevels implements LogLevels {
    /** That package holds loggers weakly: what was set must not be forgotten with the logger. */
    private final Map<String, Logger> kept = new ConcurrentHashMap<>();

    @Override
    public Map<String, Level> levels() {
        Map<String, Level> levels = new TreeMap<>();
        LogManager manager = LogManager.getLogManager();
        for (String name : Collections.list(manager.getLoggerNames())) {
            Logger logger = manager.getLogger(name);
            if (logger != null && logger.getLevel() != null) {
                levels.put(name.isEmpty() ? ROOT : name, of(logger.getLevel()));
            }
        }
        return levels;
    }

    @Override
    public void set(String name, Level level) {
        Logger logger = Logger.getLogger(name.equals(ROOT) ? "" : name);
        kept.put(name, logger);
        logger.setLevel(of(level));
        // A handler has a level too, which would keep back what is let through here.
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            if (handler.getLevel().intValue() > of(level).intValue()) {
                handler.setLevel(of(level));
            }
        }
    }

    private static java.util.logging.Level of(Level level) {
        return switch (level) {
            case TRACE -> java.util.logging.Level.FINEST;
            case DEBUG -> java.util.logging.Level.FINE;
            case INFO -> java.util.logging.Level.INFO;
            case WARN -> java.util.logging.Level.WARNING;
            case ERROR -> java.util.logging.Level.SEVERE;
            case OFF -> java.util.logging.Level.OFF;
        };
    }

    private static Level of(java.util.logging.Level level) {
        Level found = Level.TRACE;
        for (Level candidate : Level.values()) {
            if (of(candidate).intValue() <= level.intValue()) {
                found = candidate;
            }
        }
        return found;
    }
}
