package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.store.PaymentStore;
import bayar.testkit.PaymentLifeContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class PaymentLifeTest extends PaymentLifeContract {
    @TempDir
    Path directory;

    @Override
    protected PaymentStore open() {
        return SqliteStore.open(directory, SipHash::new, new SqliteStore.Tuning(4, 3, 20));
    }

    @Override
    protected PaymentStore reopen() {
        return SqliteStore.open(directory, SipHash::new, new SqliteStore.Tuning(4, 3, 20));
    }

    @Override
    protected void assertSound() {
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertTrue(report.isSound(), report.toString());
    }
}
