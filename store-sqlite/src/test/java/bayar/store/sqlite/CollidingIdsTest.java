package bayar.store.sqlite;

import bayar.store.PaymentStore;
import bayar.testkit.PaymentStoreContract;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;

/** The contract with a hash that gives many ids the same value. */
class CollidingIdsTest extends PaymentStoreContract {
    @TempDir
    Path directory;

    @Override
    protected PaymentStore open() {
        return SqliteStore.open(
                directory, key -> (principal, id) -> Arrays.hashCode(id) % 3000, new SqliteStore.Tuning(1, 2, 20));
    }

    @Override
    protected PaymentStore reopen() {
        return open();
    }
}
