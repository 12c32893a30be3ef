package bayar.store.sqlite;

import bayar.store.PaymentStore;
import bayar.testkit.PaymentStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreContractTest extends PaymentStoreContract {
    @TempDir
    Path directory;

    @Override
    protected PaymentStore open() {
        return SqliteStore.open(directory);
    }

    @Override
    protected PaymentStore reopen() {
        return SqliteStore.open(directory);
    }
}
