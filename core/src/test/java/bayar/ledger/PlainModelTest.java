package bayar.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.store.MemoryStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random payments inside the ledger, against a model that a banker can read and that knows nothing of the ledger's tables.
 * {@code -Dbayar.model.steps=N} sets how many, {@code -Dbayar.model.seed=S} repeats them. What processors and time do is
 * in the testkit's {@code PaymentLifeContract}.
 */
class PlainModelTest {
    private static final int STEPS = Integer.getInteger("bayar.model.steps", 20_000);
    private static final int BATCH = 7;
    private static final String[] NAMES = {"alice", "bob", "kedai"};
    private static final Operation[] OPERATIONS = {
        Operation.SALE, Operation.AUTHORIZE, Operation.TRANSFER, Operation.CAPTURE, Operation.VOID, Operation.REFUND
    };

    private static final class Model {
        final Map<String, Long> posted = new HashMap<>();
        final Map<String, Long> held = new HashMap<>();
        final Map<String, Deal> deals = new HashMap<>();

        static final class Deal {
            String payer = "";
            String payee = "";
            boolean canBeActedOn;
            long authorized;
            long captured;
            long released;
            long refunded;

            long open() {
                return authorized - captured - released;
            }
        }

        Reason begin(String id, Operation type, String payer, String payee, long amount) {
            Deal deal = new Deal();
            deals.put(id, deal);
            if (amount > posted.get(payer) - held.get(payer)) {
                return Reason.INSUFFICIENT_FUNDS;
            }
            deal.payer = payer;
            deal.payee = payee;
            deal.canBeActedOn = type != Operation.TRANSFER;
            deal.authorized = deal.canBeActedOn ? amount : 0;
            if (type == Operation.AUTHORIZE) {
                held.merge(payer, amount, Long::sum);
            } else {
                deal.captured = deal.authorized;
                move(payer, payee, amount);
            }
            return Reason.APPROVED;
        }

        Reason act(String id, Operation type, String on, long amount, boolean isFinal) {
            Deal deal = deals.get(on);
            deals.put(id, new Deal());
            if (deal == null) {
                return Reason.ORIGINAL_NOT_FOUND;
            }
            boolean wasCaptured = deal.captured > 0;
            if (!deal.canBeActedOn || (deal.open() == 0 && !wasCaptured)) {
                return Reason.INVALID_TRANSITION;
            }
            if (type == Operation.REFUND) {
                return wasCaptured ? refund(deal, amount) : Reason.INVALID_TRANSITION;
            }
            if (deal.open() == 0) {
                return type == Operation.VOID ? Reason.INVALID_TRANSITION : Reason.EXCEEDS_AUTHORIZED;
            }
            if (type == Operation.CAPTURE && amount > deal.open()) {
                return Reason.EXCEEDS_AUTHORIZED;
            }
            long taken = type == Operation.CAPTURE ? amount : 0;
            long let = type == Operation.VOID || isFinal ? deal.open() - taken : 0;
            deal.captured += taken;
            deal.released += let;
            held.merge(deal.payer, -taken - let, Long::sum);
            move(deal.payer, deal.payee, taken);
            return Reason.APPROVED;
        }

        private Reason refund(Deal deal, long amount) {
            if (amount > deal.captured - deal.refunded) {
                return Reason.EXCEEDS_CAPTURED;
            }
            if (amount > posted.get(deal.payee) - held.get(deal.payee)) {
                return Reason.INSUFFICIENT_FUNDS;
            }
            deal.refunded += amount;
            move(deal.payee, deal.payer, amount);
            return Reason.APPROVED;
        }

        private void move(String from, String to, long amount) {
            posted.merge(from, -amount, Long::sum);
            posted.merge(to, amount, Long::sum);
        }
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void theLedgerDoesWhatThePlainModelDoes() {
        long seed = Long.getLong("bayar.model.seed", new Random().nextLong());
        Random random = new Random(seed);
        MemoryStore store = new MemoryStore();
        Ledger ledger = new Ledger(store, 0, 0, Ledger.DEFAULT_AUTHORIZATION_LIFETIME);
        Principal shop = Principal.named("shop").mayDebit("*");
        Model model = new Model();
        for (String name : NAMES) {
            ledger.open(NewAccount.of(name, Money.of(500, "MYR")), 1);
            model.posted.put(name, 500L);
            model.held.put(name, 0L);
        }
        List<String> begun = new ArrayList<>(List.of("never"));
        for (int step = 0; step < STEPS; step++) {
            String at = "seed " + seed + ", step " + step;
            Operation type = OPERATIONS[random.nextInt(OPERATIONS.length)];
            String id = "p-" + step;
            long amount = 1 + random.nextInt(100);
            PaymentRequest.Builder request = PaymentRequest.builder(id, type);
            Reason expected;
            String about = id;
            if (type.namesAccounts()) {
                int payer = random.nextInt(NAMES.length);
                String payee = NAMES[(payer + 1 + random.nextInt(NAMES.length - 1)) % NAMES.length];
                request.payer(NAMES[payer]).payee(payee).amount(Money.of(amount, "MYR"));
                expected = model.begin(id, type, NAMES[payer], payee, amount);
                begun.add(id);
            } else {
                about = begun.get(Math.max(0, begun.size() - 1 - random.nextInt(10)));
                boolean isFinal = type == Operation.CAPTURE && random.nextInt(4) == 0;
                request.payment(about).isFinal(isFinal);
                if (type != Operation.VOID) {
                    request.amount(Money.of(amount, "MYR"));
                }
                expected = model.act(id, type, about, amount, isFinal);
            }
            assertEquals(
                    expected,
                    ledger.decide(shop, request.build(), Long.MAX_VALUE, 2).reason(),
                    at);
            if (random.nextInt(BATCH) == 0) {
                store.commit(ledger.changes());
                ledger.committed();
            }
            assertSame(model, ledger, about, at);
        }
    }

    private static void assertSame(Model model, Ledger ledger, String about, String at) {
        long sum = 0;
        for (String name : NAMES) {
            Account account = ledger.account(AccountId.of(name));
            assertEquals(model.posted.get(name), account.posted(), at);
            assertEquals(model.held.get(name), account.held(), at);
            sum += account.posted();
        }
        assertEquals(0, sum + ledger.account(AccountId.of("bayar:opening:MYR")).posted(), at);
        PaymentRecord payment = ledger.payment("shop", about);
        Model.Deal deal = model.deals.get(about);
        if (payment != null && deal != null) {
            PaymentSums sums = new PaymentSums(deal.authorized, deal.captured, deal.released, deal.refunded);
            assertEquals(sums, payment.sums(), at);
        }
    }
}
