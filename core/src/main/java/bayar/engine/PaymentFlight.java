package bayar.engine;

import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Stages;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** One answer in a recording of the JDK's Flight Recorder. Costs nothing while nobody records. */
@Name("bayar.Payment")
@Label("Payment")
@Category("Bayar")
@Description("A request was answered")
@StackTrace(false)
final class PaymentFlight extends Event {
    @Label("Id")
    @Nullable
    String id;

    @Label("Principal")
    @Nullable
    String principal;

    @Label("Operation")
    @Nullable
    String operation;

    @Label("Status")
    @Nullable
    String status;

    @Label("Reason")
    @Nullable
    String reason;

    @Label("Transport")
    @Nullable
    String transport;

    @Label("Decode")
    @Timespan
    long decodeNanos;

    @Label("Verify")
    @Timespan
    long verifyNanos;

    @Label("Queue")
    @Timespan
    long queueNanos;

    @Label("Commit")
    @Timespan
    long commitNanos;

    @Label("Processor")
    @Timespan
    long processorNanos;

    @Label("Total")
    @Timespan
    long totalNanos;

    /** Whether a recording wants these events. */
    static boolean isOn() {
        return new PaymentFlight().isEnabled();
    }

    static void record(
            @Nullable String principal,
            @Nullable PaymentRequest request,
            Receipt receipt,
            String transport,
            Stages stages) {
        PaymentFlight event = new PaymentFlight();
        if (!event.shouldCommit()) {
            return;
        }
        event.id = receipt.id();
        event.principal = principal;
        event.operation = request == null ? null : request.type().code();
        event.status = receipt.status().code();
        event.reason = receipt.reason().code();
        event.transport = transport;
        event.decodeNanos = stages.decodeNanos();
        event.verifyNanos = stages.verifyNanos();
        event.queueNanos = stages.queueNanos();
        event.commitNanos = stages.commitNanos();
        event.processorNanos = stages.processorNanos();
        event.totalNanos = stages.totalNanos();
        event.commit();
    }
}
