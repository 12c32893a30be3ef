package bayar.store.sqlite;

import bayar.AccountId;
import bayar.PaymentRequest;
import bayar.store.sqlite.StoredAccounts.Stored;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what one batch of requests will need before the first of them is decided.
 *
 * <p>Slots of the index and accounts lie scattered over more memory than any cache holds. Who looks at them one by one, as
 * requests are decided, waits each time for memory; looks that do not depend on each other wait all at once. So each pass
 * goes one step further for the whole batch, and what is asked for afterwards is near: group prefetching (Chen, Ailamaki,
 * Gibbons and Mowry, Improving Hash Join Performance through Prefetching, 2004).
 *
 * <p>On the way it hashes the ids, once instead of at each question. Nothing depends on it but time.
 */
final class LookAhead {
    private static final int USUAL_BATCH = 512;

    /** So many requests in a row may go without a question for their id; behind more the hashes are made anew. */
    private static final int MAX_SKIPPED = 16;

    private final IdHash idHash;
    private long[] principals = new long[USUAL_BATCH];
    private String[] ids = new String[USUAL_BATCH];
    private long[] hashes = new long[USUAL_BATCH];
    private int requests;
    private int next;

    private AccountId[] accounts = new AccountId[2 * USUAL_BATCH];
    private Stored[] stored = new Stored[2 * USUAL_BATCH];
    private int named;

    private boolean hasLooked;
    /** What was seen, so that nobody can say the looks are not needed. */
    private long seen;

    LookAhead(IdHash idHash) {
        this.idHash = idHash;
    }

    /** Keeps a request of the next batch; the first one behind a {@link #look} begins that batch. */
    void expect(long principal, PaymentRequest request) {
        if (hasLooked) {
            requests = 0;
            named = 0;
            next = 0;
            hasLooked = false;
        }
        if (requests == ids.length) {
            grow();
        }
        principals[requests] = principal;
        ids[requests] = request.id();
        requests++;
        keep(request.payer());
        keep(request.payee());
    }

    private void keep(@Nullable AccountId account) {
        if (account != null) {
            accounts[named++] = account;
        }
    }

    private void grow() {
        int larger = 2 * requests;
        principals = Arrays.copyOf(principals, larger);
        ids = Arrays.copyOf(ids, larger);
        hashes = Arrays.copyOf(hashes, larger);
        accounts = Arrays.copyOf(accounts, 2 * larger);
        stored = Arrays.copyOf(stored, 2 * larger);
    }

    /** Looks, once for each batch. */
    void look(IdIndex index, StoredAccounts known) {
        if (hasLooked) {
            return;
        }
        hasLooked = true;
        lookAtIds(index);
        lookAtAccounts(known);
    }

    private void lookAtIds(IdIndex index) {
        for (int i = 0; i < requests; i++) {
            seen += ids[i].hashCode();
        }
        for (int i = 0; i < requests; i++) {
            hashes[i] = hashOf(principals[i], ids[i]);
        }
        for (int i = 0; i < requests; i++) {
            seen += index.firstSlot(hashes[i]);
        }
    }

    private void lookAtAccounts(StoredAccounts known) {
        for (int i = 0; i < named; i++) {
            seen += accounts[i].value().length();
        }
        for (int i = 0; i < named; i++) {
            seen += accounts[i].hashCode();
        }
        int found = 0;
        for (int i = 0; i < named; i++) {
            Stored inFront = known.inFront(accounts[i]);
            if (inFront != null) {
                stored[found++] = inFront;
            }
        }
        for (int i = 0; i < found; i++) {
            seen += stored[i].number();
        }
        for (int i = 0; i < found; i++) {
            seen += stored[i].account().posted();
        }
        for (int i = 0; i < found; i++) {
            seen += stored[i].id().value().length();
        }
        for (int i = 0; i < found; i++) {
            seen += stored[i].id().value().charAt(0);
        }
    }

    /** The hash of this id: usually one that was expected, in the order of the requests. */
    @SuppressWarnings("ReferenceEquality")
    long hash(long principal, String id) {
        if (hasLooked) {
            for (int i = next; i < Math.min(requests, next + MAX_SKIPPED); i++) {
                if (ids[i] == id && principals[i] == principal) {
                    next = i + 1;
                    return hashes[i];
                }
            }
        }
        return hashOf(principal, id);
    }

    private long hashOf(long principal, String id) {
        return idHash.of(principal, id.getBytes(StandardCharsets.UTF_8));
    }

    /** The ids will be asked for once more, from the first one on. */
    void rewind() {
        next = 0;
    }
}
