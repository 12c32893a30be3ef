package bayar.store;

import bayar.AccountId;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store that forgets everything when it is closed: for tests, and to measure the rest without a disk. */
public final class MemoryStore implements PaymentStore {
    private record Key(String principal, String id) {}

    private final Map<AccountId, Account> accounts = new HashMap<>();
    private final Map<Key, Integer> indexByKey = new HashMap<>();
    private final List<PaymentRecord> records = new ArrayList<>();
    private final TreeSet<PaymentRecord> open = new TreeSet<>(
            Comparator.comparingLong(PaymentRecord::expiresMillis).thenComparingLong(PaymentRecord::sequence));

    /** An empty store. */
    public MemoryStore() {}

    @Override
    public String description() {
        return "memory (nothing survives a restart)";
    }

    @Override
    public long lastSequence() {
        return records.size();
    }

    @Override
    public long lastTimeMillis() {
        return records.isEmpty() ? 0 : records.get(records.size() - 1).timeMillis();
    }

    @Override
    public @Nullable Account account(AccountId id) {
        return accounts.get(id);
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        Integer index = indexByKey.get(new Key(principal, id));
        return index == null ? null : records.get(index);
    }

    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        for (PaymentRecord authorization : open) {
            if (!visitor.test(authorization)) {
                return;
            }
        }
    }

    @Override
    public void forEachAccount(Consumer<Account> consumer) {
        new TreeMap<>(accounts).values().forEach(consumer);
    }

    @Override
    public void commit(Changes changes) {
        requireFitting(changes);
        for (PaymentRecord record : changes.records()) {
            indexByKey.put(keyOf(record), records.size());
            records.add(record);
            keepIfOpen(record);
        }
        changes.opened().forEach(account -> accounts.put(account.id(), account));
        changes.changed().forEach(account -> accounts.put(account.id(), account));
        changes.sums().forEach((sequence, sums) -> {
            int index = Math.toIntExact(sequence) - 1;
            PaymentRecord record = records.get(index).withSums(sums);
            records.set(index, record);
            keepIfOpen(record);
        });
    }

    private void keepIfOpen(PaymentRecord record) {
        open.remove(record);
        if (record.isOpen()) {
            open.add(record);
        }
    }

    private void requireFitting(Changes changes) {
        long last = records.size();
        Set<Key> keys = new HashSet<>();
        for (PaymentRecord record : changes.records()) {
            if (record.sequence() != last + 1) {
                throw new StoreException("record " + record.sequence() + " does not follow record " + last);
            }
            if (indexByKey.containsKey(keyOf(record)) || !keys.add(keyOf(record))) {
                throw new StoreException("record " + record.sequence() + " has the id of an earlier one");
            }
            last++;
        }
        for (Account account : changes.opened()) {
            if (accounts.containsKey(account.id())) {
                throw new StoreException("account " + account.id() + " is to be opened, but there is one already");
            }
        }
        for (Account account : changes.changed()) {
            if (!accounts.containsKey(account.id())) {
                throw new StoreException("account " + account.id() + " is to be changed, but there is none");
            }
        }
        for (Long sequence : changes.sums().keySet()) {
            if (sequence < 1 || sequence > last) {
                throw new StoreException("sums are given for record " + sequence + ", which there is not");
            }
        }
    }

    private static Key keyOf(PaymentRecord record) {
        return new Key(record.principal(), record.request().id());
    }

    @Override
    public void close() {}
}
