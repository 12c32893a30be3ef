package bayar.ledger;

import bayar.AccountId;
import bayar.BayarException;
import bayar.PaymentRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The ledger's state as one batch has changed it so far, over what was committed before. */
final class Books implements LedgerState {
    private record Key(String principal, String id) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && id.equals(that.id) && principal.equals(that.principal);
        }

        @Override
        public int hashCode() {
            return 31 * principal.hashCode() + id.hashCode();
        }
    }

    private final LedgerState committed;
    private final Map<AccountId, Account> opened = new HashMap<>();
    private final Map<AccountId, Account> changed = new HashMap<>();
    private final Map<Key, PaymentRecord> payments = new HashMap<>();
    private final List<PaymentRecord> records = new ArrayList<>();
    private final Map<Long, PaymentRecord> acted = new HashMap<>();
    private final Map<String, Long> cursors = new HashMap<>();
    private long lastSequence;
    private long lastTimeMillis;
    private long committedSequence;
    private long committedTimeMillis;
    private long changesMade;

    Books(LedgerState committed, long lastSequence, long lastTimeMillis) {
        this.committed = committed;
        this.lastSequence = lastSequence;
        this.lastTimeMillis = lastTimeMillis;
        this.committedSequence = lastSequence;
        this.committedTimeMillis = lastTimeMillis;
    }

    @Override
    public @Nullable Account account(AccountId id) {
        Account account = changed.get(id);
        if (account == null && !opened.isEmpty()) {
            account = opened.get(id);
        }
        return account != null ? account : committed.account(id);
    }

    /** The account of this name, which was there before. */
    Account require(AccountId id) {
        Account account = account(id);
        if (account == null) {
            throw new BayarException("account " + id + " is gone from the books");
        }
        return account;
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        PaymentRecord record = payments.get(new Key(principal, id));
        return record != null ? record : committed.payment(principal, id);
    }

    @Override
    public @Nullable PaymentRecord payment(long sequence) {
        PaymentRecord record = acted.get(sequence);
        if (record != null) {
            return record;
        }
        return sequence > committedSequence && sequence <= lastSequence
                ? records.get((int) (sequence - committedSequence - 1))
                : committed.payment(sequence);
    }

    @Override
    public void expect(String principal, PaymentRequest request) {
        committed.expect(principal, request);
    }

    /** The payment that this one acts on, as it stands now; null when it acts on none. */
    @Nullable
    PaymentRecord original(PaymentRecord payment) {
        String original = payment.request().payment();
        return original == null ? null : payment(payment.principal(), original);
    }

    /** As they were committed: to be asked before the batch changes anything. */
    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        committed.openAuthorizations(visitor);
    }

    /** As they were committed. */
    @Override
    public void unresolved(Predicate<PaymentRecord> visitor) {
        committed.unresolved(visitor);
    }

    @Override
    public long cursor(String name) {
        Long moved = cursors.get(name);
        return moved != null ? moved : committed.cursor(name);
    }

    void moveCursor(String name, long sequence) {
        changesMade++;
        cursors.put(name, sequence);
    }

    void open(Account account) {
        changesMade++;
        opened.put(account.id(), account);
    }

    void change(Account account) {
        changesMade++;
        if (opened.isEmpty() || opened.replace(account.id(), account) == null) {
            changed.put(account.id(), account);
        }
    }

    void post(long minor, AccountId debited, AccountId credited) {
        change(require(debited).plusPosted(-minor));
        change(require(credited).plusPosted(minor));
    }

    /** Holds this many minor units more (or, when negative, less) of what is on the account. */
    void hold(long minor, AccountId id) {
        if (minor != 0) {
            change(require(id).plusHeld(minor));
        }
    }

    /** When what is decided at {@code nowMillis} happens: time never goes back in the books. */
    long timeMillis(long nowMillis) {
        return Math.max(lastTimeMillis, nowMillis);
    }

    /** The sequence of the next record. */
    long nextSequence() {
        return lastSequence + 1;
    }

    /** Appends a record that has the {@link #nextSequence}. */
    PaymentRecord append(PaymentRecord record) {
        changesMade++;
        lastSequence = record.sequence();
        lastTimeMillis = record.timeMillis();
        records.add(record);
        payments.put(keyOf(record), record);
        return record;
    }

    /** Keeps a payment that was recorded before, as it stands now. */
    void change(PaymentRecord payment) {
        changesMade++;
        acted.put(payment.sequence(), payment);
        payments.put(keyOf(payment), payment);
    }

    private static Key keyOf(PaymentRecord record) {
        return new Key(record.principal(), record.request().id());
    }

    /** How often anything was changed, ever. */
    long changesMade() {
        return changesMade;
    }

    boolean isUnchanged() {
        return changes().isEmpty();
    }

    Changes changes() {
        return new Changes(records, opened.values(), changed.values(), acted, cursors);
    }

    /** The batch is in the store. */
    void committed() {
        committedSequence = lastSequence;
        committedTimeMillis = lastTimeMillis;
        clear();
    }

    /** The batch will not be written. */
    void abandon() {
        lastSequence = committedSequence;
        lastTimeMillis = committedTimeMillis;
        clear();
    }

    private void clear() {
        opened.clear();
        changed.clear();
        payments.clear();
        records.clear();
        acted.clear();
        cursors.clear();
    }
}
