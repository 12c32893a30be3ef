package bayar.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import bayar.Status;
import bayar.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state of an earlier payment, and what each operation on it is answered and does. */
class TransitionTableTest {
    private static final long NOON = 1_795_435_200_000L;
    private static final long LIFETIME_MILLIS = Duration.ofDays(7).toMillis();
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");

    /** Each acts with 10 on a payment of 100, of which 40 were captured where something was; - cannot be asked. */
    private static final String TABLE = """
            state            | authorize | sale     | transfer | capture               | void                  | refund             | inquiry
            none             | approved  | approved | approved | -                     | -                     | -                  | -
            unknown          | -         | -        | -        | original_not_found    | original_not_found    | original_not_found | original_not_found
            declined         | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition | insufficient_funds
            transferred      | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition | approved
            authorized       | -         | -        | -        | approved              | approved              | invalid_transition | approved
            partly_captured  | -         | -        | -        | approved              | approved              | approved           | approved
            captured         | -         | -        | -        | exceeds_authorized    | invalid_transition    | approved           | approved
            refunded         | -         | -        | -        | exceeds_authorized    | invalid_transition    | exceeds_captured   | approved
            voided           | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition | approved
            expired          | -         | -        | -        | authorization_expired | authorization_expired | invalid_transition | approved
            partly_expired   | -         | -        | -        | authorization_expired | authorization_expired | approved           | approved
            acted_on_another | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition | approved
            """;

    private static final Set<Operation> BEGINNING = EnumSet.of(Operation.AUTHORIZE, Operation.SALE, Operation.TRANSFER);

    private final MemoryStore store = new MemoryStore();
    private final Ledger ledger = new Ledger(store, 0, 0, Duration.ofMillis(LIFETIME_MILLIS));
    private long nowMillis = NOON;

    record Cell(String state, Operation operation, String answer) {
        @Override
        public String toString() {
            return operation.code() + " of what is " + state + ": " + answer;
        }
    }

    static Stream<Cell> cells() {
        List<List<String>> rows = TABLE.lines()
                .map(line -> Arrays.stream(line.split("\\|")).map(String::trim).toList())
                .toList();
        List<Cell> cells = new ArrayList<>();
        for (List<String> row : rows.subList(1, rows.size())) {
            for (int column = 1; column < row.size(); column++) {
                Operation operation = Operation.ofCode(rows.get(0).get(column));
                assertNotNull(operation);
                cells.add(new Cell(row.get(0), operation, row.get(column)));
            }
        }
        return cells.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void eachOperationInEachState(Cell cell) {
        bring(cell.state());
        if (cell.answer().equals("-")) {
            assertEquals(cell.state().equals("none"), !BEGINNING.contains(cell.operation()));
            return;
        }
        long aliceBefore = account("alice").posted();
        long kedaiBefore = account("kedai").posted();
        long heldBefore = account("alice").held();

        Receipt receipt = decide(request("x", cell.operation()));

        assertEquals(cell.answer(), receipt.reason().code());
        boolean isDone = receipt.status() == Status.APPROVED && cell.operation() != Operation.INQUIRY;
        long moved = !isDone
                ? 0
                : switch (cell.operation()) {
                    case SALE, TRANSFER, CAPTURE -> 10;
                    case REFUND -> -10;
                    default -> 0;
                };
        long newlyHeld = !isDone
                ? 0
                : switch (cell.operation()) {
                    case AUTHORIZE -> 10;
                    case CAPTURE -> -10;
                    case VOID -> -heldBefore;
                    default -> 0;
                };
        assertEquals(aliceBefore - moved, account("alice").posted());
        assertEquals(kedaiBefore + moved, account("kedai").posted());
        assertEquals(heldBefore + newlyHeld, account("alice").held());
        assertEquals(0, account("kedai").held());
        if (isDone) {
            MoneyEffect money = cell.operation() == Operation.AUTHORIZE
                    ? MoneyEffect.HELD
                    : cell.operation() == Operation.VOID ? MoneyEffect.NOT_MOVED : MoneyEffect.MOVED;
            assertEquals(money, receipt.money());
        }
    }

    @Test
    void theTableHasEveryStateAndEveryOperationThatIsOffered() {
        Set<Operation> offered = EnumSet.noneOf(Operation.class);
        Set<PaymentState> states = EnumSet.noneOf(PaymentState.class);
        cells().forEach(cell -> {
            offered.add(cell.operation());
            states.add(PaymentState.valueOf(cell.state().toUpperCase(Locale.ROOT)));
        });
        assertEquals(EnumSet.allOf(PaymentState.class), states);
        assertEquals(EnumSet.complementOf(EnumSet.of(Operation.REVERSAL)), offered);
        for (Operation operation : Operation.values()) {
            assertEquals(offered.contains(operation), Ledger.offers(operation), operation.code());
        }
    }

    @Test
    void theRowsAnswerForTheStatesThatTheyCanMeetAndNoOther() {
        for (Operation operation : Operation.values()) {
            TransitionTable.Row row = TransitionTable.row(operation);
            if (operation == Operation.INQUIRY || operation == Operation.REVERSAL) {
                assertNull(row, operation.code());
                continue;
            }
            assertNotNull(row, operation.code());
            EnumSet<PaymentState> beginning = EnumSet.of(PaymentState.NONE);
            Set<PaymentState> met = operation.namesPayment() ? EnumSet.complementOf(beginning) : beginning;
            assertEquals(met, row.answers().keySet(), operation.code());
        }
    }

    @Test
    void theMessageReferenceSaysTheSame() throws IOException {
        List<List<String>> states = List.of(
                List.of("unknown"),
                List.of("declined", "transferred", "acted_on_another"),
                List.of("authorized"),
                List.of("partly_captured"),
                List.of("captured"),
                List.of("refunded"),
                List.of("voided"),
                List.of("expired"),
                List.of("partly_expired"));
        List<String> documented = Files.readAllLines(Path.of("../docs/messages.md")).stream()
                .dropWhile(line -> !line.startsWith("| the payment |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.substring(line.indexOf("| `")))
                .toList();
        List<Cell> cells = cells().toList();
        assertEquals(states.size(), documented.size());
        for (int i = 0; i < documented.size(); i++) {
            for (String state : states.get(i)) {
                String answers = Stream.of(Operation.CAPTURE, Operation.VOID, Operation.REFUND)
                        .map(operation -> cells.stream()
                                .filter(cell -> cell.state().equals(state) && cell.operation() == operation)
                                .map(Cell::answer)
                                .findFirst()
                                .orElseThrow())
                        .collect(Collectors.joining("` | `", "| `", "` |"));
                assertEquals(answers, documented.get(i), state);
            }
        }
    }

    /** Makes a payment with the id "o" in this state, as {@link PaymentState} names it. */
    private void bring(String state) {
        ledger.open(NewAccount.of("alice", Money.of(1000, "MYR")), nowMillis);
        ledger.open(NewAccount.of("kedai", Money.of(0, "MYR")), nowMillis);
        commit();
        switch (state) {
            case "none", "unknown" -> {}
            case "declined" -> decide(PaymentRequest.sale("o", "alice", "kedai", myr(5000)));
            case "transferred" -> decide(PaymentRequest.transfer("o", "alice", "kedai", myr(100)));
            case "authorized" -> authorize();
            case "partly_captured" -> {
                authorize();
                decide(PaymentRequest.capture("c", "o", myr(40)));
            }
            case "captured" -> {
                authorize();
                decide(finalCapture());
            }
            case "refunded" -> {
                authorize();
                decide(finalCapture());
                decide(PaymentRequest.refund("r", "o", myr(40)));
            }
            case "voided" -> {
                authorize();
                decide(PaymentRequest.voidOf("v", "o"));
            }
            case "expired" -> {
                authorize();
                nowMillis += LIFETIME_MILLIS;
            }
            case "partly_expired" -> {
                authorize();
                decide(PaymentRequest.capture("c", "o", myr(40)));
                nowMillis += LIFETIME_MILLIS;
            }
            case "acted_on_another" -> {
                decide(PaymentRequest.sale("s", "alice", "kedai", myr(100)));
                decide(PaymentRequest.refund("o", "s", myr(40)));
            }
            default -> throw new AssertionError(state);
        }
    }

    private void authorize() {
        assertEquals(
                Status.APPROVED,
                decide(PaymentRequest.authorize("o", "alice", "kedai", myr(100)))
                        .status());
    }

    private static PaymentRequest finalCapture() {
        return PaymentRequest.builder("c", Operation.CAPTURE)
                .payment("o")
                .amount(myr(40))
                .isFinal(true)
                .build();
    }

    private static PaymentRequest request(String id, Operation operation) {
        PaymentRequest.Builder builder = PaymentRequest.builder(id, operation);
        if (operation.namesAccounts()) {
            builder.payer("alice").payee("kedai");
        }
        if (operation.namesPayment()) {
            builder.payment("o");
        }
        if (operation.carriesAmount()) {
            builder.amount(myr(10));
        }
        return builder.build();
    }

    private Account account(String name) {
        Account account = ledger.account(AccountId.of(name));
        assertNotNull(account);
        return account;
    }

    private Receipt decide(PaymentRequest request) {
        Receipt receipt = ledger.decide(SHOP, request, Long.MAX_VALUE, nowMillis);
        commit();
        return receipt;
    }

    private void commit() {
        store.commit(ledger.changes());
        ledger.committed();
    }

    private static Money myr(long minor) {
        return Money.of(minor, "MYR");
    }
}
