package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.Resolution;
import bayar.auth.Algorithm;
import bayar.auth.KeyFile;
import bayar.codec.LogLine;
import bayar.ledger.Limits;
import bayar.store.MemoryStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people change leaves a line in a log of its own. */
@Timeout(60)
class AuditLogTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream realErr = System.err;

    @TempDir
    Path directory;

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setErr(realErr);
    }

    @Test
    void accountsLimitsAndWhatOperatorsSayAreToldOnce() {
        MemoryStore kept = new MemoryStore();
        for (int start = 0; start < 2; start++) {
            try (PaymentEngine engine = PaymentEngine.builder()
                    .store(kept)
                    .account("alice", Money.of(100_00, "MYR"))
                    .logRequests(false)
                    .start()) {
                engine.limit(AccountId.of("alice"), Limits.NONE.perPayment(50_00))
                        .join();
                engine.resolve(Resolution.of("till", "p1", Resolution.Decision.DECLINED, "siti", "line 118"))
                        .handle((receipt, failure) -> failure)
                        .join();
            }
        }
        assertEquals(1, count("action=open account=alice opening=10000 currency=MYR"));
        assertEquals(2, count("action=limit account=alice perPayment=5000"));
        assertEquals(
                2,
                count("action=resolve principal=till id=p1 decision=declined operator=siti because=\"line 118\""
                        + " refused=\"principal till has no payment p1 here\""));
        assertEquals(2, count("action=start"));
        assertEquals(2, count("action=end"));
    }

    @Test
    void isJsonWhenItIsToldTo() {
        PaymentEngine.builder()
                .store(new MemoryStore())
                .account("alice", Money.of(1, "MYR"))
                .logFormat(LogLine.Format.JSON)
                .start()
                .close();
        assertEquals(1, count("{\"action\":\"open\",\"account\":\"alice\",\"opening\":1,\"currency\":\"MYR\""));
    }

    @Test
    void aKeyIsToldWithoutItsSecret() {
        KeyFile.add(
                directory.resolve("keys.json"),
                "till-1",
                "till",
                Algorithm.HS256,
                List.of("alice"),
                new SecureRandom());
        assertEquals(1, count("kid=till-1 principal=till alg=HS256 debit=alice"));
        assertTrue(lines().lines().noneMatch(line -> line.contains("\"k\"")), lines());
    }

    private long count(String part) {
        return lines().lines().filter(line -> line.contains(part)).count();
    }

    private String lines() {
        return written.toString(StandardCharsets.UTF_8);
    }
}
