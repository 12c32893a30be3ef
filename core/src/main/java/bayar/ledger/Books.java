package bayar.ledger;

import bayar.AccountId;
import bayar.PaymentSums;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The ledger's state as one batch has changed it so far, over what was committed before. */
final class Books implements LedgerState {
    private record Key(String principal, String id) {}

    private final LedgerState committed;
    private final Map<AccountId, Account> opened = new HashMap<>();
    private final Map<AccountId, Account> changed = new HashMap<>();
    private final Map<Key, PaymentRecord> payments = new HashMap<>();
    private final List<PaymentRecord> records = new ArrayList<>();
    private final Map<Long, PaymentSums> sums = new HashMap<>();

    Books(LedgerState committed) {
        this.committed = committed;
    }

    @Override
    public @Nullable Account account(AccountId id) {
        Account account = changed.get(id);
        if (account == null) {
            account = opened.get(id);
        }
        return account != null ? account : committed.account(id);
    }

    @Override
    public @Nullable PaymentRecord payment(String principal, String id) {
        PaymentRecord record = payments.get(new Key(principal, id));
        return record != null ? record : committed.payment(principal, id);
    }

    /** As they were committed: to be asked before the batch changes anything. */
    @Override
    public void openAuthorizations(Predicate<PaymentRecord> visitor) {
        committed.openAuthorizations(visitor);
    }

    void open(Account account) {
        opened.put(account.id(), account);
    }

    void change(Account account) {
        if (opened.replace(account.id(), account) == null) {
            changed.put(account.id(), account);
        }
    }

    void append(PaymentRecord record) {
        records.add(record);
        payments.put(new Key(record.principal(), record.request().id()), record);
    }

    void changeSums(PaymentRecord record, PaymentSums newSums) {
        sums.put(record.sequence(), newSums);
        payments.put(new Key(record.principal(), record.request().id()), record.withSums(newSums));
    }

    Changes changes() {
        return new Changes(records, opened.values(), changed.values(), sums);
    }

    void clear() {
        opened.clear();
        changed.clear();
        payments.clear();
        records.clear();
        sums.clear();
    }
}
