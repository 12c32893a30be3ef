package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.StoreStatus;
import bayar.engine.PaymentEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a store tells of itself while it is used. */
@Timeout(60)
class StoreStatusTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice");

    @TempDir
    Path directory;

    @Test
    void recordsHoldsAndFilesAreTold() {
        SqliteStore store = SqliteStore.open(directory);
        try (PaymentEngine engine = engine(store)) {
            long writtenBefore = engine.store().writtenBytes();
            submit(engine, PaymentRequest.authorize("a1", "alice", "kedai", Money.of(10_00, "MYR")));
            submit(engine, PaymentRequest.authorize("a2", "alice", "kedai", Money.of(10_00, "MYR")));
            submit(engine, PaymentRequest.voidOf("v1", "a2"));
            StoreStatus status = engine.store();
            assertTrue(status.isWritable());
            assertEquals(4, status.payments());
            assertEquals(1, status.holds());
            assertEquals(0, status.unresolved());
            assertTrue(status.writtenBytes() - writtenBefore >= 3 * 4096, status.toString());
            assertTrue(status.logBytes() > 0 && status.fileBytes() > 0 && status.usableBytes() > 0, status.toString());
        }
        assertFalse(store.status().isWritable());
        try (PaymentEngine engine = engine(SqliteStore.open(directory))) {
            assertEquals(1, engine.store().holds());
            submit(engine, PaymentRequest.capture("c1", "a1", Money.of(10_00, "MYR")));
            assertEquals(0, engine.store().holds());
            assertEquals(5, engine.store().payments());
        }
    }

    private static PaymentEngine engine(SqliteStore store) {
        return PaymentEngine.builder()
                .store(store)
                .account("alice", Money.of(100_00, "MYR"))
                .account("kedai", Money.of(0, "MYR"))
                .logRequests(false)
                .start();
    }

    private static void submit(PaymentEngine engine, PaymentRequest request) {
        engine.submit(SHOP, request).join();
    }
}
