package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.store.MemoryStore;
import bayar.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FaultyStoreTest {
    private final MemoryStore behind = new MemoryStore();

    @Test
    void failsWithoutHavingWritten() {
        FaultyStore store = FaultyStore.failingBeforeWriting(behind, 2);
        store.commit(opening("a"));
        assertFalse(store.hasFailed());
        assertThrows(StoreException.class, () -> store.commit(opening("b")));
        assertEquals(List.of("a"), written());
        assertRefusesEverything(store);
    }

    @Test
    void failsAfterHavingWritten() {
        FaultyStore store = FaultyStore.failingAfterWriting(behind, 1);
        assertThrows(StoreException.class, () -> store.commit(opening("a")));
        assertEquals(List.of("a"), written());
        assertRefusesEverything(store);
    }

    @Test
    void failsWhenItIsToldTo() {
        FaultyStore store = FaultyStore.working(behind);
        store.commit(opening("a"));
        store.fail();
        assertThrows(StoreException.class, () -> store.commit(opening("b")));
        assertEquals(List.of("a"), written());
        assertRefusesEverything(store);
    }

    private void assertRefusesEverything(FaultyStore store) {
        assertTrue(store.hasFailed());
        assertThrows(StoreException.class, () -> store.commit(opening("c")));
        assertThrows(StoreException.class, () -> store.account(AccountId.of("a")));
        assertThrows(StoreException.class, () -> store.payment("shop", "p-1"));
        assertThrows(StoreException.class, () -> store.forEachAccount(account -> {}));
        store.close();
    }

    private List<String> written() {
        List<String> names = new ArrayList<>();
        behind.forEachAccount(account -> names.add(account.id().value()));
        return names;
    }

    private static Changes opening(String name) {
        Account account = new Account(AccountId.of(name), Money.currency("MYR"), 0, 0, 0);
        return new Changes(List.of(), List.of(account), List.of(), Map.of(), Map.of());
    }
}
