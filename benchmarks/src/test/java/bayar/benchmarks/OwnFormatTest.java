package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.History;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the prototype stores what it is measured for. */
class OwnFormatTest {
    private static final int[] BATCHES = {1, 7, 512, 3};

    @TempDir
    private Path directory;

    private final MemoryStore expected = new MemoryStore();
    private final Commits commits = new Commits(20);

    @Test
    void whatWasCommittedIsThereAlsoWhenItIsOpenedAgain() {
        try (PaymentStore store = OwnFormat.open(directory)) {
            commitAll(store);
            requireSame(store);
        }
        try (PaymentStore store = OwnFormat.open(directory)) {
            requireSame(store);
            commit(store, commits.next(5));
            requireSame(store);
        }
        try (PaymentStore store = OwnFormat.open(directory)) {
            requireSame(store);
        }
    }

    @Test
    void aTornBatchIsNoBatch() throws IOException {
        long whole;
        try (PaymentStore store = OwnFormat.open(directory)) {
            commitAll(store);
            whole = store.lastSequence();
            store.commit(commits.next(9));
            assertEquals(whole + 9, store.lastSequence());
        }
        flipLastByte();
        try (PaymentStore store = OwnFormat.open(directory)) {
            assertEquals(whole, store.lastSequence());
            requireSame(store);
        }
    }

    @Test
    void whatItCannotKeepIsRefused() {
        try (PaymentStore store = OwnFormat.open(directory)) {
            commitAll(store);
            PaymentRecord record = expected.payment(1);
            assertNotNull(record);
            Changes actsOnEarlier = new Changes(List.of(), List.of(), List.of(), Map.of(1L, record), Map.of());
            assertThrows(StoreException.class, () -> store.commit(actsOnEarlier));
            Changes gap = new Changes(List.of(record), List.of(), List.of(), Map.of(), Map.of());
            assertThrows(StoreException.class, () -> store.commit(gap));
        }
    }

    private void commitAll(PaymentStore store) {
        commit(store, commits.opening());
        for (int size : BATCHES) {
            commit(store, commits.next(size));
        }
        commit(store, new Changes(List.of(), List.of(), List.of(), Map.of(), Map.of("reader", 4L)));
    }

    private void commit(PaymentStore store, Changes changes) {
        store.commit(changes);
        expected.commit(changes);
    }

    private void requireSame(PaymentStore store) {
        assertEquals(expected.lastSequence(), store.lastSequence());
        assertEquals(expected.lastTimeMillis(), store.lastTimeMillis());
        assertEquals(accounts(expected), accounts(store));
        assertEquals(4, store.cursor("reader"));
        for (long sequence = 1; sequence <= expected.lastSequence(); sequence++) {
            PaymentRecord record = expected.payment(sequence);
            assertNotNull(record);
            assertEquals(record, store.payment(sequence));
            assertEquals(
                    record, store.payment(record.principal(), record.request().id()));
            assertNull(store.payment("other", record.request().id()));
        }
        assertNull(store.payment(expected.lastSequence() + 1));
        try (History history = store.history();
                History before = expected.history()) {
            assertEquals(before.after(3, 400), history.after(3, 400));
        }
    }

    private static List<Account> accounts(PaymentStore store) {
        List<Account> accounts = new ArrayList<>();
        store.forEachAccount(accounts::add);
        return accounts;
    }

    private void flipLastByte() throws IOException {
        try (FileChannel file =
                FileChannel.open(directory.resolve("ledger.own"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            long at = file.size();
            do {
                file.read(one.clear(), --at);
            } while (one.get(0) == 0);
            one.put(0, (byte) (one.get(0) ^ 1));
            file.write(one.rewind(), at);
        }
    }
}
