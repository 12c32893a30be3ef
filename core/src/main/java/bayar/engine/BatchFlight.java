package bayar.engine;

import bayar.BatchEvent;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One durable batch in a recording of the JDK's Flight Recorder. Costs nothing while nobody records. */
@Name("bayar.Batch")
@Label("Batch")
@Category("Bayar")
@Description("A batch became durable")
@StackTrace(false)
final class BatchFlight extends Event {
    @Label("Commands")
    int commands;

    @Label("Records")
    int recorded;

    @Label("Waiting behind it")
    int queued;

    @Label("Commit")
    @Timespan
    long commitNanos;

    static void record(BatchEvent batch) {
        BatchFlight event = new BatchFlight();
        if (!event.shouldCommit()) {
            return;
        }
        event.commands = batch.commands();
        event.recorded = batch.recorded();
        event.queued = batch.queued();
        event.commitNanos = batch.commitNanos();
        event.commit();
    }
}
