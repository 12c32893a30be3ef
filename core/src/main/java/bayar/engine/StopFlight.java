package bayar.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** The end of an engine that has failed, in a recording of the JDK's Flight Recorder. */
@Name("bayar.Stopped")
@Label("Engine stopped")
@Category("Bayar")
@Description("A failure has stopped the engine; it takes no more payments")
@StackTrace(false)
final class StopFlight extends Event {
    @Label("Cause")
    @Nullable
    String cause;

    static void record(Throwable cause) {
        StopFlight event = new StopFlight();
        if (event.shouldCommit()) {
            event.cause = cause.toString();
            event.commit();
        }
    }
}
