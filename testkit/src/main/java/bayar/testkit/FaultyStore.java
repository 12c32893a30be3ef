package bayar.testkit;

import bayar.AccountId;
import bayar.PaymentRequest;
import bayar.StoreStatus;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.History;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A store that fails at one commit, as a full disk or a lost one would, and refuses everything from then on. Whether the
 * failing commit reached the store behind it is up to the test: an engine must not rely on either.
 */
public final class FaultyStore implements PaymentStore {
    private final PaymentStore store;
    private final long failingCommit;
    private final boolean writesFirst;

    private long commits;
    private volatile boolean failed;

    private FaultyStore(PaymentStore store, long failingCommit, boolean writesFirst) {
        this.store = store;
        this.failingCommit = failingCommit;
        this.writesFirst = writesFirst;
    }

    /** Fails at commit number {@code commit}, from 1, without having written it. */
    public static FaultyStore failingBeforeWriting(PaymentStore store, long commit) {
        return new FaultyStore(store, commit, false);
    }

    /** Fails at commit number {@code commit}, from 1, after it was written whole: nobody was told that it was. */
    public static FaultyStore failingAfterWriting(PaymentStore store, long commit) {
        return new FaultyStore(store, commit, true);
    }

    /** Fails when it is told to {@link #fail}. */
    public static FaultyStore working(PaymentStore store) {
        return new FaultyStore(store, 0, false);
    }

    /** Whether it has failed. */
    public boolean hasFailed() {
        return failed;
    }

    /** Fails from now on, as when the power goes; a commit that has begun is finished before. May be called from any thread. */
    public synchronized void fail() {
        failed = true;
    }

    @Override
    public synchronized void commit(Changes changes) {
        requireWorking();
        commits++;
        if (commits != failingCommit) {
            store.commit(changes);
            return;
        }
        failed = true;
        if (writesFirst) {
            store.commit(changes);
        }
        throw new StoreException("commit " + commits + " was told to fail "
                + (writesFirst ? "after it was written" : "before it was written"));
    }

    @Override
    public StoreStatus status() {
        StoreStatus status = store.status();
        return new StoreStatus(
                description(),
                !failed && status.isWritable(),
                status.payments(),
                status.holds(),
                status.unresolved(),
                status.fileBytes(),
                status.logBytes(),
                status.writtenBytes(),
                status.usableBytes());
    }

    @Override
    public String description() {
        return "faulty " + store.description();
    }

    @Override
    public long lastSequence() {
        return store.lastSequence();
    }

    @Override
    public long lastTimeMillis() {
        return store.lastTimeMillis();
    }

    @Override
    public @Nullable Account account(AccountId id) {
        requireWorking();
        return store.account(id);
    }

    @Override
    public void expect(String principal, PaymentRequest request) {
        store.expect(principal, request);
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        requireWorking();
        return store.payment(principal, id);
    }

    @Override
    public @Nullable PaymentRecord payment(long sequence) {
        requireWorking();
        return store.payment(sequence);
    }

    @Override
    public void unresolved(Predicate<PaymentRecord> visitor) {
        requireWorking();
        store.unresolved(visitor);
    }

    @Override
    public long cursor(String name) {
        requireWorking();
        return store.cursor(name);
    }

    /** Its readers do not fail. */
    @Override
    public History history() {
        requireWorking();
        return store.history();
    }

    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        requireWorking();
        store.openAuthorizations(visitor);
    }

    @Override
    public void forEachAccount(Consumer<Account> consumer) {
        requireWorking();
        store.forEachAccount(consumer);
    }

    @Override
    public void close() {
        store.close();
    }

    private void requireWorking() {
        if (failed) {
            throw new StoreException("the store has failed before, at commit " + commits + "; open it anew");
        }
    }
}
