package bayar.monitor;

import java.util.Map;
import java.util.ServiceLoader;
import org.slf4j.LoggerFactory;

/**
 * Changes the levels of loggers while the program runs. Logback, Log4j and {@code java.util.logging} are known; for
 * another provider of SLF4J give one of your own to the monitor's builder, or have it found by {@link ServiceLoader}.
 * Thread-safe.
 */
public interface LogLevels {
    /** The name of the logger that all others inherit from. */
    String ROOT = "root";

    /** A level, the least first. */
    enum Level {
        /** Everything. */
        TRACE,
        /** What is done, and why. */
        DEBUG,
        /** What is worth a line. */
        INFO,
        /** What should not be, and somebody should look into. */
        WARN,
        /** What has failed. */
        ERROR,
        /** Nothing. */
        OFF
    }

    /** The loggers that have a level of their own; {@value #ROOT} among them. */
    Map<String, Level> levels();

    /** From now on this logger, and what inherits from it, writes what has this level or a higher one. */
    void set(String logger, Level level);

    /** Those of the provider of SLF4J that is there; or what says that it cannot be done. */
    static LogLevels ofProvider() {
        for (LogLevels found : ServiceLoader.load(LogLevels.class)) {
            return found;
        }
        String provider = LoggerFactory.getILoggerFactory().getClass().getName();
        return switch (provider) {
            case "ch.qos.logback.classic.LoggerContext" -> LogbackLevels.ofProvider();
            case "org.apache.logging.slf4j.Log4jLoggerFactory" -> Log4jLevels.ofProvider();
            case "org.slf4j.jul.JDK14LoggerFactory" -> new JdkLevels();
            default -> new FixedLevels(provider);
        };
    }
}
