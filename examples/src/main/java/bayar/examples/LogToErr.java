package bayar.examples;

import bayar.BayarException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The log of the command line: standard error, one line for each event, by {@code java.util.logging}, whose levels the
 * monitor can change while a server runs.
 */
final class LogToErr {
    private static final String LEVEL = "bayar.log.level";

    static {
        // Before the first logger is made.
        System.setProperty("java.util.logging.manager", LogOpenToTheEnd.class.getName());
    }

    private static final Logger ROOT = Logger.getLogger("");
    /** Whoever drops a logger may lose what was set on it. */
    private static final Logger AUDIT = Logger.getLogger("bayar.audit");

    private LogToErr() {}

    /** From now on what is as bad as this is written, unless the system property {@value #LEVEL} says otherwise. */
    static synchronized void from(Level least) {
        boolean isOurs = false;
        for (Handler handler : ROOT.getHandlers()) {
            isOurs |= handler.getFormatter() instanceof Line;
        }
        if (!isOurs) {
            for (Handler handler : ROOT.getHandlers()) {
                ROOT.removeHandler(handler);
            }
            Handler console = new ConsoleHandler();
            console.setFormatter(new Line());
            console.setLevel(Level.ALL);
            ROOT.addHandler(console);
        }
        String wanted = System.getProperty(LEVEL);
        ROOT.setLevel(wanted == null ? least : Level.parse(wanted.toUpperCase(Locale.ROOT)));
    }

    /**
     * Keeps the audit log out of standard error, since it tells whole accounts: appends it to this file instead, which only
     * this user can read where the system knows users; to none when it is null.
     *
     * @throws BayarException if the file cannot be written
     */
    static void auditTo(@Nullable Path file) {
        AUDIT.setUseParentHandlers(false);
        if (file == null) {
            return;
        }
        try {
            if (!Files.exists(file)) {
                Files.createFile(file, OwnerOnly.attributes(file));
            }
            Handler handler = new FileHandler(file.toString().replace("%", "%%"), true);
            handler.setFormatter(new Line());
            AUDIT.addHandler(handler);
        } catch (IOException e) {
            throw new BayarException(
                    "cannot write the audit log " + file + ": " + e.getMessage() + "; choose another file with --audit",
                    e);
        }
    }

    private static final class Line extends Formatter {
        private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

        @Override
        public String format(LogRecord event) {
            String name = String.valueOf(event.getLoggerName());
            StringBuilder line = new StringBuilder(256)
                    .append(TIME.format(ZonedDateTime.ofInstant(event.getInstant(), ZoneId.systemDefault())))
                    .append(' ')
                    .append(level(event.getLevel()))
                    .append(' ')
                    .append(name.substring(name.lastIndexOf('.') + 1))
                    .append(" - ")
                    .append(formatMessage(event))
                    .append(System.lineSeparator());
            if (event.getThrown() != null) {
                StringWriter trace = new StringWriter();
                event.getThrown().printStackTrace(new PrintWriter(trace, true));
                line.append(trace);
            }
            return line.toString();
        }

        /** As SLF4J calls it. */
        private static String level(Level level) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (level.intValue() >= Level.WARNING.intValue()) {
                return "WARN";
            }
            if (level.intValue() >= Level.INFO.intValue()) {
                return "INFO";
            }
            return level.intValue() >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
        }
    }
}
