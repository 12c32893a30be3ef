package bayar.testkit;

import bayar.store.MemoryStore;
import bayar.store.PaymentStore;

class MemoryStoreTest extends PaymentStoreContract {
    @Override
    protected PaymentStore open() {
        return new MemoryStore();
    }

    @Override
    protected PaymentStore reopen() {
        throw new AssertionError("a memory store cannot be opened again");
    }

    @Override
    protected boolean isDurable() {
        return false;
    }
}
