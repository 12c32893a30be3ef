package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import bayar.AccountId;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.ledger.Account;
import bayar.ledger.Spending;
import bayar.store.sqlite.StoredAccounts.Stored;
import java.nio.charset.StandardCharsets;
import java.util.Currency;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LookAheadTest {
    private final AtomicInteger hashed = new AtomicInteger();
    private final IdHash plain = new SipHash(new byte[SipHash.KEY_BYTES]);
    private final LookAhead lookAhead = new LookAhead((principal, id) -> {
        hashed.incrementAndGet();
        return plain.of(principal, id);
    });
    private final IdIndex index = new IdIndex(1_000);
    private final StoredAccounts accounts = new StoredAccounts(10, 4);

    /** More than there is room for at first. */
    @Test
    void eachIdIsHashedOnceThoughItIsAskedForTwice() {
        for (int batch = 0; batch < 3; batch++) {
            List<PaymentRequest> requests = expect(1_500);
            hashed.set(0);
            lookAhead.look(index, accounts);
            for (int time = 0; time < 2; time++) {
                lookAhead.look(index, accounts);
                requests.forEach(request -> assertHash(7, request.id()));
                lookAhead.rewind();
            }
            assertEquals(1_500, hashed.get());
        }
    }

    @Test
    void whoIsNotAskedForIsSkipped() {
        List<PaymentRequest> requests = expect(100);
        lookAhead.look(index, accounts);
        hashed.set(0);
        for (int i = 15; i < 100; i += 16) {
            assertHash(7, requests.get(i).id());
        }
        assertEquals(0, hashed.get());
    }

    @Test
    void anyIdHasItsHashWhoeverAsksAndWhenever() {
        List<PaymentRequest> requests = expect(100);
        assertHash(7, requests.get(0).id());
        lookAhead.look(index, accounts);
        assertHash(7, "another");
        assertHash(7, requests.get(99).id());
        assertHash(8, requests.get(0).id());
        assertHash(7, requests.get(0).id());
        assertHash(7, requests.get(0).id());
        assertHash(7, new String(requests.get(1).id()));
        expect(1);
        assertHash(7, requests.get(50).id());
    }

    @Test
    void accountsAreFoundAsBefore() {
        Stored stored = new Stored(
                1, new Account(AccountId.of("alice"), Currency.getInstance("MYR"), 5, 0, 0, Spending.UNLIMITED));
        accounts.put(stored);
        for (int i = 0; i < 2; i++) {
            expect(3);
            lookAhead.look(index, accounts);
            assertEquals(stored, accounts.get(AccountId.of("alice")));
        }
    }

    private List<PaymentRequest> expect(int count) {
        List<PaymentRequest> requests = IntStream.range(0, count)
                .mapToObj(i -> PaymentRequest.sale("p-" + i, "alice", "kedai", Money.of(1, "MYR")))
                .toList();
        requests.forEach(request -> lookAhead.expect(7, request));
        return requests;
    }

    private void assertHash(long principal, String id) {
        assertEquals(plain.of(principal, id.getBytes(StandardCharsets.UTF_8)), lookAhead.hash(principal, id));
    }
}
