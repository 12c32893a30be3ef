package bayar.engine;

import bayar.AccountId;
import bayar.PaymentRequest;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.History;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A memory store whose commits wait to be let through, or fail, as a test says. */
final class HeldStore implements PaymentStore {
    private final MemoryStore memory = new MemoryStore();
    private final Semaphore permits = new Semaphore(1_000_000_000);
    private final List<Integer> batchSizes = new ArrayList<>();
    private final List<String> looks = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean failsBeforeWriting;
    private volatile boolean failsAfterWriting;
    private volatile int timesOutOfMemory;
    private volatile @Nullable AccountId tooLarge;

    /** From now on each commit waits for a {@link #release}. */
    void hold() {
        permits.drainPermits();
    }

    void release(int commits) {
        permits.release(commits);
    }

    /** Waits until a commit is being held. */
    void awaitHeld() throws InterruptedException {
        while (!permits.hasQueuedThreads()) {
            Thread.sleep(1);
        }
    }

    void failBeforeWriting() {
        failsBeforeWriting = true;
    }

    void failAfterWriting() {
        failsAfterWriting = true;
    }

    /** Looks at the next accounts so many times only to find the heap full. */
    void runOutOfMemory(int times) {
        timesOutOfMemory = times;
    }

    /** Looks at this account the next time only to find the heap full. */
    void runOutOfMemoryAt(String account) {
        tooLarge = AccountId.of(account);
    }

    /** What was looked for, and what it was told to expect, in order. */
    List<String> looks() {
        return looks;
    }

    List<Integer> batchSizes() {
        synchronized (batchSizes) {
            return List.copyOf(batchSizes);
        }
    }

    @Override
    public void commit(Changes changes) {
        permits.acquireUninterruptibly();
        if (failsBeforeWriting) {
            throw new StoreException("the disk is full");
        }
        memory.commit(changes);
        synchronized (batchSizes) {
            batchSizes.add(changes.records().size());
        }
        if (failsAfterWriting) {
            throw new StoreException("the disk did not answer");
        }
    }

    @Override
    public @Nullable PaymentRecord payment(long sequence) {
        return memory.payment(sequence);
    }

    @Override
    public void unresolved(Predicate<PaymentRecord> visitor) {
        memory.unresolved(visitor);
    }

    @Override
    public long cursor(String name) {
        return memory.cursor(name);
    }

    @Override
    public History history() {
        return memory.history();
    }

    @Override
    public String description() {
        return "held";
    }

    @Override
    public long lastSequence() {
        return memory.lastSequence();
    }

    @Override
    public long lastTimeMillis() {
        return memory.lastTimeMillis();
    }

    @Override
    public @Nullable Account account(AccountId id) {
        if (timesOutOfMemory > 0) {
            timesOutOfMemory--;
            throw new OutOfMemoryError("on purpose");
        }
        if (id.equals(tooLarge)) {
            tooLarge = null;
            throw new OutOfMemoryError("on purpose");
        }
        return memory.account(id);
    }

    @Override
    public void expect(String principal, PaymentRequest request) {
        looks.add("expects " + request.id());
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        looks.add("asks for " + id);
        return memory.payment(principal, id);
    }

    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        memory.openAuthorizations(visitor);
    }

    @Override
    public void forEachAccount(Consumer<Account> consumer) {
        memory.forEachAccount(consumer);
    }

    @Override
    public void close() {}
}
