package bayar.store;

import bayar.AccountId;
import bayar.StoreStatus;
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
    private final Map<Key, Long> sequenceByKey = new HashMap<>();
    /** As they were appended. Read by the readers of the history too, so every use holds its lock. */
    private final List<PaymentRecord> records = new ArrayList<>();
    /** As they stand now, where that is otherwise. */
    private final Map<Long, PaymentRecord> acted = new HashMap<>();

    private final TreeSet<PaymentRecord> open = new TreeSet<>(
            Comparator.comparingLong(PaymentRecord::expiresMillis).thenComparingLong(PaymentRecord::sequence));
    private final TreeMap<Long, PaymentRecord> unresolved = new TreeMap<>();
    private final Map<String, Long> cursors = new HashMap<>();
    private volatile long holds;
    private volatile long unresolvedCount;

    /** An empty store. */
    public MemoryStore() {}

    @Override
    public String description() {
        return "memory (nothing survives a restart)";
    }

    @Override
    public StoreStatus status() {
        return new StoreStatus(description(), true, lastSequence(), holds, unresolvedCount, 0, 0, 0, Long.MAX_VALUE);
    }

    @Override
    public long lastSequence() {
        synchronized (records) {
            return records.size();
        }
    }

    @Override
    public long lastTimeMillis() {
        synchronized (records) {
            return records.isEmpty() ? 0 : records.get(records.size() - 1).timeMillis();
        }
    }

    @Override
    public @Nullable Account account(AccountId id) {
        return accounts.get(id);
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        Long sequence = sequenceByKey.get(new Key(principal, id));
        return sequence == null ? null : payment(sequence);
    }

    @Override
    public @Nullable PaymentRecord payment(long sequence) {
        PaymentRecord now = acted.get(sequence);
        return now != null ? now : recorded(sequence);
    }

    private @Nullable PaymentRecord recorded(long sequence) {
        synchronized (records) {
            return sequence < 1 || sequence > records.size() ? null : records.get((int) sequence - 1);
        }
    }

    @Override
    public void unresolved(Predicate<PaymentRecord> visitor) {
        for (PaymentRecord payment : unresolved.values()) {
            if (!visitor.test(payment)) {
                return;
            }
        }
    }

    @Override
    public long cursor(String name) {
        return cursors.getOrDefault(name, 0L);
    }

    @Override
    public History history() {
        return new History() {
            @Override
            public List<PaymentRecord> after(long sequence, int max) {
                synchronized (records) {
                    int from = (int) Math.min(sequence, records.size());
                    return List.copyOf(records.subList(from, from + Math.min(records.size() - from, max)));
                }
            }

            @Override
            public @Nullable PaymentRecord at(long sequence) {
                return recorded(sequence);
            }

            @Override
            public void close() {}
        };
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
        synchronized (records) {
            for (PaymentRecord record : changes.records()) {
                records.add(record);
                sequenceByKey.put(keyOf(record), record.sequence());
                keep(record);
            }
        }
        changes.opened().forEach(account -> accounts.put(account.id(), account));
        changes.changed().forEach(account -> accounts.put(account.id(), account));
        changes.payments().forEach((sequence, payment) -> {
            PaymentRecord before = payment(sequence);
            if (before != null) {
                open.remove(before);
            }
            acted.put(sequence, payment);
            keep(payment);
        });
        cursors.putAll(changes.cursors());
        holds = open.size();
        unresolvedCount = unresolved.size();
    }

    private void keep(PaymentRecord payment) {
        if (payment.isOpen()) {
            open.add(payment);
        }
        if (payment.isUnresolved()) {
            unresolved.put(payment.sequence(), payment);
        } else {
            unresolved.remove(payment.sequence());
        }
    }

    private void requireFitting(Changes changes) {
        long last = lastSequence();
        Set<Key> keys = new HashSet<>();
        for (PaymentRecord record : changes.records()) {
            if (record.sequence() != last + 1) {
                throw new StoreException("record " + record.sequence() + " does not follow record " + last);
            }
            if (sequenceByKey.containsKey(keyOf(record)) || !keys.add(keyOf(record))) {
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
        for (Long sequence : changes.payments().keySet()) {
            if (sequence < 1 || sequence > last) {
                throw new StoreException("record " + sequence + " is to be changed, but there is none");
            }
        }
    }

    private static Key keyOf(PaymentRecord record) {
        return new Key(record.principal(), record.request().id());
    }

    @Override
    public void close() {}
}
