package bayar.testkit;

import bayar.store.MemoryStore;
import bayar.store.PaymentStore;

class PaymentLifeTest extends PaymentLifeContract {
    private final MemoryStore store = new MemoryStore();

    @Override
    protected PaymentStore open() {
        return store;
    }

    @Override
    protected PaymentStore reopen() {
        return store;
    }
}
