package bayar.examples;

import java.util.logging.LogManager;

/**
 * Leaves the log open while the process ends: the JDK's own manager closes all handlers in a shutdown hook, beside the one
 * that drains the server, whose last lines would be lost. To be named in {@code java.util.logging.manager}.
 */
public final class LogOpenToTheEnd extends LogManager {
    /** Made by the JDK. */
    public LogOpenToTheEnd() {}

    @Override
    public void reset() {}
}
