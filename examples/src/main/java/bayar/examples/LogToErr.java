package bayar.examples;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The log of the command line: standard error, one line for each event, by {@code java.util.logging}, whose levels the
 * monitor can change while a server runs.
 */
final class LogToErr {
    private static final String LEVEL = "bayar.log.level";
    private static final Logger ROOT = Logger.getLogger("");

    private LogToErr() {}

    /** From now on what is as bad as this is written, unless the system property {@value #LEVEL} says otherwise. */
    static synchronized void from(Level least) {
        boolean isOurs = false;
        for (Handler handler : ROOT.getHandlers()) {
            isOurs |= handler.getFormatter() instanceof Line;
        }
        if (!isOurs) {
            LogManager.getLogManager().reset();
            Handler console = new ConsoleHandler();
            console.setFormatter(new Line());
            console.setLevel(Level.ALL);
            ROOT.addHandler(console);
        }
        String wanted = System.getProperty(LEVEL);
        ROOT.setLevel(wanted == null ? least : Level.parse(wanted.toUpperCase(Locale.ROOT)));
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
