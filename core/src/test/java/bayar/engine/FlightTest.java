package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.store.MemoryStore;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK's Flight Recorder gets to see of an engine. */
@Timeout(120)
class FlightTest {
    @TempDir
    Path directory;

    @Test
    void theEndByAFailureIsRecordedWithItsCause() throws Exception {
        Path file = directory.resolve("end.jfr");
        HeldStore store = new HeldStore();
        try (Recording recording = new Recording();
                PaymentEngine engine = PaymentEngine.builder()
                        .store(store)
                        .account("alice", Money.of(100_00, "MYR"))
                        .account("kedai", Money.of(0, "MYR"))
                        .logRequests(false)
                        .start()) {
            recording.enable("bayar.Stopped");
            recording.start();
            store.failBeforeWriting();
            engine.submit(
                            Principal.named("shop").mayDebit("alice"),
                            PaymentRequest.sale("s1", "alice", "kedai", Money.of(1_00, "MYR")))
                    .join();
            engine.stopped().handle((ended, failure) -> failure).join();
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("bayar.Stopped"))
                .toList();
        assertEquals(1, events.size());
        String cause = events.get(0).getString("cause");
        assertTrue(cause.contains("the disk is full"), cause);
    }

    @Test
    void paymentsAndBatchesAreRecorded() throws Exception {
        Path file = directory.resolve("engine.jfr");
        Principal shop = Principal.named("shop").mayDebit("alice");
        assertFalse(PaymentFlight.isOn());
        try (Recording recording = new Recording();
                PaymentEngine engine = PaymentEngine.builder()
                        .store(new MemoryStore())
                        .account("alice", Money.of(100_00, "MYR"))
                        .account("kedai", Money.of(0, "MYR"))
                        .logRequests(false)
                        .start()) {
            recording.enable("bayar.Payment");
            recording.enable("bayar.Batch");
            recording.start();
            engine.submit(shop, PaymentRequest.sale("s1", "alice", "kedai", Money.of(1_00, "MYR")))
                    .join();
            engine.drain(java.time.Duration.ofSeconds(30));
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        RecordedEvent payment = events.stream()
                .filter(event -> event.getEventType().getName().equals("bayar.Payment"))
                .findFirst()
                .orElseThrow();
        assertEquals("s1", payment.getString("id"));
        assertEquals("sale", payment.getString("operation"));
        assertEquals("approved", payment.getString("reason"));
        assertTrue(payment.getDuration("totalNanos").toNanos() > 0);
        assertTrue(events.stream()
                .anyMatch(event ->
                        event.getEventType().getName().equals("bayar.Batch") && event.getInt("recorded") == 1));
    }
}
