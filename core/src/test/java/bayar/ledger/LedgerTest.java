package bayar.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import bayar.store.MemoryStore;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LedgerTest {
    private static final long NOON = 1_795_435_200_000L;
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");

    private final MemoryStore store = new MemoryStore();
    private final Ledger ledger = new Ledger(store, 0, 0, Ledger.DEFAULT_AUTHORIZATION_LIFETIME);
    private int nextId = 1;

    @BeforeEach
    void openAccounts() {
        ledger.open(NewAccount.of("alice", Money.of(1000, "MYR")), NOON);
        ledger.open(NewAccount.of("kedai", Money.of(0, "MYR")), NOON);
        ledger.open(NewAccount.of("euros", Money.of(1000, "EUR")), NOON);
        ledger.open(new NewAccount(AccountId.of("credit"), Money.of(0, "MYR"), -500), NOON);
        commit();
    }

    @ParameterizedTest(name = "{0}: {3} from {1} to {2} is {5}")
    @CsvSource(textBlock = """
            # type,    payer,  payee,   amount, currency, outcome,            alice, kedai
            transfer,  alice,  kedai,   1,      MYR,      approved,           999,   1
            transfer,  alice,  kedai,   1000,   MYR,      approved,           0,     1000
            transfer,  alice,  kedai,   1001,   MYR,      insufficient_funds, 1000,  0
            transfer,  kedai,  alice,   1,      MYR,      insufficient_funds, 1000,  0
            transfer,  credit, kedai,   500,    MYR,      approved,           1000,  500
            transfer,  credit, kedai,   501,    MYR,      insufficient_funds, 1000,  0
            transfer,  nobody, kedai,   1,      MYR,      account_unknown,    1000,  0
            transfer,  alice,  nobody,  1,      MYR,      account_unknown,    1000,  0
            transfer,  alice,  kedai,   1,      EUR,      currency_mismatch,  1000,  0
            transfer,  alice,  euros,   1,      MYR,      currency_mismatch,  1000,  0
            transfer,  euros,  alice,   1,      EUR,      currency_mismatch,  1000,  0
            transfer,  alice,  nobody,  9999,   EUR,      account_unknown,    1000,  0
            transfer,  alice,  euros,   9999,   MYR,      currency_mismatch,  1000,  0
            transfer,  alice,  bayar:opening:MYR, 1, MYR, account_unknown,    1000,  0
            sale,      alice,  kedai,   250,    MYR,      approved,           750,   250
            sale,      alice,  kedai,   1001,   MYR,      insufficient_funds, 1000,  0
            """)
    void paysWhatTheAccountsAllow(
            String type,
            String payer,
            String payee,
            long amount,
            String currency,
            String outcome,
            long alice,
            long kedai) {
        PaymentRequest request = type.equals("sale")
                ? PaymentRequest.sale("p", payer, payee, Money.of(amount, currency))
                : PaymentRequest.transfer("p", payer, payee, Money.of(amount, currency));

        Receipt receipt = decide(SHOP, request);

        assertEquals(outcome, receipt.reason().code());
        assertEquals(receipt.status() == Status.APPROVED ? MoneyEffect.MOVED : MoneyEffect.NOT_MOVED, receipt.money());
        assertBalances(alice, kedai);
    }

    @ParameterizedTest(name = "refund {1} of a {0}: {2}")
    @CsvSource(textBlock = """
            # original,         refund, outcome,              alice, kedai
            sale of 300,        1,      approved,             701,   299
            sale of 300,        300,    approved,             1000,  0
            sale of 300,        301,    exceeds_captured,     700,   300
            refunded sale,      1,      exceeds_captured,     1000,  0
            declined sale,      1,      invalid_transition,   1000,  0
            transfer of 300,    1,      invalid_transition,   700,   300
            refund,             1,      invalid_transition,   701,   299
            nothing,            1,      original_not_found,   1000,  0
            sale of another,    1,      original_not_found,   700,   300
            spent sale,         300,    insufficient_funds,   700,   100
            sale in euros,      1,      currency_mismatch,    1000,  0
            """)
    void refundsWhatTheOriginalAllows(String original, long amount, String outcome, long alice, long kedai) {
        Money three = Money.of(300, "MYR");
        switch (original) {
            case "sale of 300" -> decide(SHOP, PaymentRequest.sale("o", "alice", "kedai", three));
            case "transfer of 300" -> decide(SHOP, PaymentRequest.transfer("o", "alice", "kedai", three));
            case "declined sale" -> decide(SHOP, PaymentRequest.sale("o", "alice", "kedai", Money.of(5000, "MYR")));
            case "refunded sale" -> {
                decide(SHOP, PaymentRequest.sale("o", "alice", "kedai", three));
                decide(SHOP, PaymentRequest.refund("r0", "o", three));
            }
            case "refund" -> {
                decide(SHOP, PaymentRequest.sale("s", "alice", "kedai", three));
                decide(SHOP, PaymentRequest.refund("o", "s", Money.of(1, "MYR")));
            }
            case "sale of another" ->
                decide(Principal.named("other").mayDebit("*"), PaymentRequest.sale("o", "alice", "kedai", three));
            case "spent sale" -> {
                decide(SHOP, PaymentRequest.sale("o", "alice", "kedai", three));
                decide(SHOP, PaymentRequest.transfer("t", "kedai", "credit", Money.of(200, "MYR")));
            }
            case "sale in euros" -> {
                ledger.open(NewAccount.of("laden", Money.of(0, "EUR")), NOON);
                decide(SHOP, PaymentRequest.sale("o", "euros", "laden", Money.of(300, "EUR")));
            }
            default -> assertEquals("nothing", original);
        }

        Receipt receipt = decide(SHOP, PaymentRequest.refund("r", "o", Money.of(amount, "MYR")));

        assertEquals(outcome, receipt.reason().code());
        assertBalances(alice, kedai);
    }

    @Test
    void refundsInPartsUpToWhatWasCaptured() {
        decide(SHOP, PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR")));
        assertEquals(Reason.APPROVED, refund(60));
        assertEquals(Reason.EXCEEDS_CAPTURED, refund(41));
        assertEquals(Reason.APPROVED, refund(40));
        assertEquals(Reason.EXCEEDS_CAPTURED, refund(1));
        assertBalances(1000, 0);
        assertEquals(
                new PaymentSums(100, 100, 0, 100), store.payment("shop", "s").sums());
    }

    @Test
    void partsOfOneBatchSeeEachOther() {
        ledger.decide(SHOP, PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR")), Long.MAX_VALUE, NOON);
        Receipt refund =
                ledger.decide(SHOP, PaymentRequest.refund("r", "s", Money.of(100, "MYR")), Long.MAX_VALUE, NOON);
        Receipt again = ledger.decide(SHOP, PaymentRequest.refund("r2", "s", Money.of(1, "MYR")), Long.MAX_VALUE, NOON);
        commit();

        assertEquals(Reason.APPROVED, refund.reason());
        assertEquals(Reason.EXCEEDS_CAPTURED, again.reason());
        assertEquals(100, store.payment("shop", "s").sums().refunded());
        assertBalances(1000, 0);
    }

    @Test
    void refundTakesFromThePayeeSoItNeedsAGrantForIt() {
        Principal debitsAliceOnly = Principal.named("till").mayDebit("alice");
        decide(debitsAliceOnly, PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR")));

        Receipt refused = decide(debitsAliceOnly, PaymentRequest.refund("r", "s", Money.of(100, "MYR")));

        assertEquals(Reason.NOT_PERMITTED, refused.reason());
        assertEquals(0, refused.sequence());
        assertNull(store.payment("till", "r"), "a refusal leaves the id unused");
        Receipt granted =
                decide(debitsAliceOnly.mayDebit("kedai"), PaymentRequest.refund("r", "s", Money.of(100, "MYR")));
        assertEquals(Reason.APPROVED, granted.reason());
        assertBalances(1000, 0);
    }

    @Test
    void tellsTheSameOutcomeAgain() {
        PaymentRequest request = PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR"));
        Receipt first = decide(SHOP, request);
        Receipt second = ledger.decide(SHOP, request, Long.MAX_VALUE, NOON + 60_000);
        commit();

        assertFalse(first.replayed());
        assertEquals(first.asReplayed(), second);
        assertBalances(900, 100);
    }

    @Test
    void aDeclineStaysADeclineWhenTheMoneyComesIn() {
        PaymentRequest request = PaymentRequest.transfer("t", "kedai", "alice", Money.of(100, "MYR"));
        Receipt declined = decide(SHOP, request);
        decide(SHOP, PaymentRequest.transfer("in", "alice", "kedai", Money.of(500, "MYR")));

        assertEquals(declined.asReplayed(), decide(SHOP, request));
        assertBalances(500, 500);
    }

    @ParameterizedTest(name = "same id, other {0}")
    @CsvSource({"type", "payer", "payee", "amount", "currency", "metadata"})
    void namesTheFirstFieldThatDiffers(String field) {
        PaymentRequest first = PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR"));
        Receipt original = decide(SHOP, first);
        PaymentRequest other = switch (field) {
            case "type" -> PaymentRequest.transfer("s", "alice", "kedai", Money.of(100, "MYR"));
            case "payer" -> PaymentRequest.sale("s", "credit", "kedai", Money.of(100, "MYR"));
            case "payee" -> PaymentRequest.sale("s", "alice", "credit", Money.of(100, "MYR"));
            case "amount" -> PaymentRequest.sale("s", "alice", "kedai", Money.of(101, "MYR"));
            case "currency" -> PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "EUR"));
            default ->
                PaymentRequest.builder("s", Operation.SALE)
                        .payer("alice")
                        .payee("kedai")
                        .amount(Money.of(100, "MYR"))
                        .metadata(Map.of("order", "2"))
                        .build();
        };

        Receipt reused = decide(SHOP, other);

        assertEquals(Reason.ID_REUSED, reused.reason());
        assertEquals(field, reused.field());
        assertEquals(original.asReplayed(), decide(SHOP, first), "the original is untouched");
        assertBalances(900, 100);
    }

    @Test
    void idsBelongToTheirPrincipal() {
        PaymentRequest request = PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR"));
        decide(SHOP, request);
        Principal other = Principal.named("other").mayDebit("*");

        Receipt foreign = decide(other, PaymentRequest.inquiry("i", "s"));
        Receipt unknown = decide(other, PaymentRequest.inquiry("i", "never-sent"));

        assertEquals(unknown, foreign, "a foreign id answers exactly like an unknown one");
        assertFalse(decide(other, request).replayed(), "the same id of another principal is another payment");
        assertBalances(800, 200);
    }

    @Test
    void inquiryTellsTheOutcomeAndTheSumsAndRecordsNothing() {
        Receipt sale = decide(SHOP, PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR")));
        refund("s", 30);
        long before = store.lastSequence();

        Receipt told = decide(SHOP, PaymentRequest.inquiry("i", "s"));

        assertEquals(sale.sequence(), told.sequence());
        assertEquals(sale.time(), told.time());
        assertEquals(Reason.APPROVED, told.reason());
        assertEquals("i", told.id());
        assertEquals(new PaymentSums(100, 100, 0, 30), told.original().sums());
        assertEquals(before, store.lastSequence());
    }

    @Test
    void aNewRequestPastItsDeadlineIsNotExecutedButAnOldOneIsToldAgain() {
        PaymentRequest request = PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR"));
        Receipt late = ledger.decide(SHOP, request, NOON, NOON);
        assertEquals(Reason.DEADLINE_EXCEEDED, late.reason());
        assertEquals(Status.BUSY, late.status());

        Receipt inTime = ledger.decide(SHOP, request, NOON + 1, NOON);
        Receipt again = ledger.decide(SHOP, request, NOON - 1, NOON + 1000);
        commit();

        assertEquals(inTime.asReplayed(), again);
        assertBalances(900, 100);
    }

    @Test
    void sequenceHasNoGapsAndTimeNeverGoesBack() {
        long first = store.lastSequence();
        decide(SHOP, PaymentRequest.transfer("a", "alice", "kedai", Money.of(1, "MYR")));
        Receipt clockWentBack = ledger.decide(
                SHOP,
                PaymentRequest.transfer("b", "alice", "kedai", Money.of(9999, "MYR")),
                Long.MAX_VALUE,
                NOON - 5000);
        decide(SHOP, PaymentRequest.transfer("b", "alice", "kedai", Money.of(1, "MYR")));
        Receipt last = decide(SHOP, PaymentRequest.transfer("c", "alice", "kedai", Money.of(1, "MYR")));

        assertEquals(NOON, clockWentBack.time().toEpochMilli());
        assertEquals(first + 3, last.sequence(), "a refusal takes no number, a decline takes one");
    }

    @Test
    void anAbandonedBatchLeavesNoTrace() {
        long before = store.lastSequence();
        ledger.decide(SHOP, PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR")), Long.MAX_VALUE, NOON);
        ledger.abandon();

        assertTrue(ledger.changes().isEmpty());
        Receipt receipt = decide(SHOP, PaymentRequest.sale("s", "alice", "kedai", Money.of(100, "MYR")));
        assertFalse(receipt.replayed());
        assertEquals(before + 1, receipt.sequence());
    }

    @Test
    void anAccountIsOpenedOnce() {
        decide(SHOP, PaymentRequest.transfer("t", "alice", "kedai", Money.of(400, "MYR")));
        Account again = ledger.open(NewAccount.of("alice", Money.of(1000, "MYR")), NOON);
        assertEquals(600, again.posted());
        BayarException e = assertThrows(
                BayarException.class, () -> ledger.open(NewAccount.of("alice", Money.of(1000, "EUR")), NOON));
        assertTrue(e.getMessage().contains("alice is open in MYR"), e.getMessage());
    }

    @Test
    void anAccountThatIsFullRefusesMore() {
        AccountId vault = AccountId.of("vault");
        MemoryStore full = new MemoryStore();
        Money most = Money.of(Long.MAX_VALUE - 5, "MYR");
        full.commit(new Changes(
                List.of(),
                List.of(
                        new Account(vault, most.currency(), most.minor(), 0, 0),
                        new Account(AccountId.of("debt"), most.currency(), -most.minor(), 0, Long.MIN_VALUE)),
                List.of(),
                Map.of(),
                Map.of()));
        Ledger over = new Ledger(full, 0, 0, Ledger.DEFAULT_AUTHORIZATION_LIFETIME);
        Receipt five = over.decide(
                SHOP, PaymentRequest.transfer("five", "debt", "vault", Money.of(5, "MYR")), Long.MAX_VALUE, NOON);
        Receipt one = over.decide(
                SHOP, PaymentRequest.transfer("one", "debt", "vault", Money.of(1, "MYR")), Long.MAX_VALUE, NOON);

        assertEquals(Reason.APPROVED, five.reason());
        assertEquals(Reason.INSUFFICIENT_FUNDS, one.reason(), "the payer is at the end of what can be counted too");
        assertEquals(Long.MAX_VALUE, over.account(vault).posted());
    }

    @Test
    void whatThePayeeHasNoRoomForIsRefusedByName() {
        AccountId vault = AccountId.of("vault");
        MemoryStore full = new MemoryStore();
        Money six = Money.of(6, "MYR");
        full.commit(new Changes(
                List.of(),
                List.of(
                        new Account(vault, six.currency(), Long.MAX_VALUE - 5, 0, 0),
                        new Account(AccountId.of("rich"), six.currency(), 100, 0, 0)),
                List.of(),
                Map.of(),
                Map.of()));
        Ledger over = new Ledger(full, 0, 0, Ledger.DEFAULT_AUTHORIZATION_LIFETIME);
        List<Reason> reasons = new ArrayList<>();
        for (PaymentRequest request : List.of(
                PaymentRequest.transfer("t", "rich", "vault", six),
                PaymentRequest.sale("s", "rich", "vault", six),
                PaymentRequest.authorize("a", "rich", "vault", six),
                PaymentRequest.capture("c", "a", six),
                PaymentRequest.capture("five", "a", Money.of(5, "MYR")))) {
            reasons.add(over.decide(SHOP, request, Long.MAX_VALUE, NOON).reason());
        }
        assertEquals(
                List.of(
                        Reason.BALANCE_OVERFLOW,
                        Reason.BALANCE_OVERFLOW,
                        Reason.APPROVED,
                        Reason.BALANCE_OVERFLOW,
                        Reason.APPROVED),
                reasons);
    }

    @Test
    void anAccountBelowItsFloorCannotBe() {
        Currency myr = Money.currency("MYR");
        AccountId id = AccountId.of("alice");
        assertEquals(0, new Account(id, myr, 10, 10, 0).debitable());
        assertEquals(0, new Account(id, myr, 0, 5, -5).debitable());
        for (long[] posted :
                new long[][] {{10, 11, 0}, {-1, 0, 0}, {0, 6, -5}, {0, -1, 0}, {Long.MIN_VALUE, 0, Long.MIN_VALUE}}) {
            assertThrows(BayarException.class, () -> new Account(id, myr, posted[0], posted[1], posted[2]));
        }
    }

    private Receipt decide(Principal principal, PaymentRequest request) {
        Receipt receipt = ledger.decide(principal, request, Long.MAX_VALUE, NOON);
        commit();
        return receipt;
    }

    private Reason refund(long minor) {
        return refund("s", minor);
    }

    private Reason refund(String payment, long minor) {
        return decide(SHOP, PaymentRequest.refund("refund-" + nextId++, payment, Money.of(minor, "MYR")))
                .reason();
    }

    private void commit() {
        store.commit(ledger.changes());
        ledger.committed();
    }

    private void assertBalances(long alice, long kedai) {
        assertEquals(alice, store.account(AccountId.of("alice")).posted(), "alice");
        assertEquals(kedai, store.account(AccountId.of("kedai")).posted(), "kedai");
        Map<String, Long> sums = new HashMap<>();
        store.forEachAccount(a -> sums.merge(a.currency().getCurrencyCode(), a.posted(), Long::sum));
        sums.forEach((currency, sum) -> assertEquals(0, sum, "all accounts in " + currency));
    }
}
