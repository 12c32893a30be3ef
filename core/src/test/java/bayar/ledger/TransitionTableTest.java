package bayar.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import bayar.ledger.TransitionTable.Standing;
import bayar.ledger.TransitionTable.Told;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state of an earlier payment, and what each operation on it is answered and does; and what evidence does. */
class TransitionTableTest {
    /**
     * Each acts with 10 on a payment of 100, of which 40 were captured where something was, and 30 are being captured
     * where something is; - cannot be asked. A processor's payment is answered pending where it says approved.
     */
    private static final String ANSWERS = """
            state            | authorize | sale     | transfer | capture               | final                 | void                  | refund             | inquiry
            none             | approved  | approved | approved | -                     | -                     | -                     | -                  | -
            unknown          | -         | -        | -        | original_not_found    | original_not_found    | original_not_found    | original_not_found | original_not_found
            pending          | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | pending
            in_doubt         | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | processor_timeout
            declined         | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | insufficient_funds
            failed           | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | not_executed
            reversed         | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | reversed
            transferred      | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | approved
            authorized       | -         | -        | -        | approved              | approved              | approved              | invalid_transition | approved
            partly_captured  | -         | -        | -        | approved              | approved              | approved              | approved           | approved
            being_captured   | -         | -        | -        | approved              | invalid_transition    | invalid_transition    | approved           | approved
            captured         | -         | -        | -        | exceeds_authorized    | exceeds_authorized    | invalid_transition    | approved           | approved
            refunded         | -         | -        | -        | exceeds_authorized    | exceeds_authorized    | invalid_transition    | exceeds_captured   | approved
            voided           | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | approved
            expired          | -         | -        | -        | authorization_expired | authorization_expired | authorization_expired | invalid_transition | approved
            partly_expired   | -         | -        | -        | authorization_expired | authorization_expired | authorization_expired | approved           | approved
            acted_on_another | -         | -        | -        | invalid_transition    | invalid_transition    | invalid_transition    | invalid_transition | approved
            """;

    private static final Set<String> BEGINNING = Set.of("authorize", "sale", "transfer");

    /** States that no payment of the ledger alone can be in. */
    private static final Set<String> OUTSIDE = Set.of("pending", "in_doubt", "failed", "reversed", "being_captured");

    /**
     * How a payment of 10 goes that a processor does: on its own, or on an authorization (for a refund a sale) of 100.
     * Each cell: what is on alice / held of it, on kedai / held of it; authorized, captured, released, refunded, capturing,
     * refunding of the payment that it begins or acts on; what alice has spent that day in how many payments.
     */
    private static final String MONEY = """
            operation | before                                 | pending or in doubt                      | approved
            authorize | 1000/0   0/0   0,0,0,0,0,0      0 in 0   | 1000/10  0/0    0,0,0,0,0,0     10 in 1  | 1000/10  0/0   10,0,0,0,0,0     10 in 1
            sale      | 1000/0   0/0   0,0,0,0,0,0      0 in 0   | 1000/10  0/0    0,0,0,0,0,0     10 in 1  | 990/0    10/0  10,10,0,0,0,0    10 in 1
            capture   | 1000/100 0/0   100,0,0,0,0,0    100 in 1 | 1000/100 0/0    100,0,0,0,10,0  100 in 1 | 990/90   10/0  100,10,0,0,0,0   100 in 1
            final     | 1000/100 0/0   100,0,0,0,0,0    100 in 1 | 1000/100 0/0    100,0,0,0,100,0 100 in 1 | 990/0    10/0  100,10,90,0,0,0  10 in 1
            void      | 1000/100 0/0   100,0,0,0,0,0    100 in 1 | 1000/100 0/0    100,0,0,0,100,0 100 in 1 | 1000/0   0/0   100,0,100,0,0,0  0 in 1
            refund    | 900/0    100/0 100,100,0,0,0,0  100 in 1 | 900/0    100/10 100,100,0,0,0,10 100 in 1 | 910/0    90/0  100,100,0,10,0,0 100 in 1
            """;

    /** The reason that evidence gives a payment that stands so; "anomaly" where it becomes one; - changes nothing. */
    private static final String EVIDENCE = """
            told               | pending            | in_doubt           | being_reversed | approved | declined | failed  | reversed
            approved           | approved           | approved           | -              | -        | anomaly  | anomaly | anomaly
            approved_otherwise | integrity_mismatch | integrity_mismatch | -              | anomaly  | anomaly  | anomaly | anomaly
            declined           | do_not_honor       | do_not_honor       | do_not_honor   | anomaly  | -        | -       | -
            not_executed       | not_executed       | not_executed       | not_executed   | anomaly  | -        | -       | -
            reversed           | reversed           | reversed           | reversed       | anomaly  | -        | -       | -
            never_arrived      | processor_error    | not_executed       | not_executed   | -        | -        | -       | -
            nothing            | processor_error    | -                  | -              | -        | -        | -       | -
            """;

    private final CardLedger books = new CardLedger(Limits.NONE.perDay(100_000));

    record Cell(String row, String column, String answer) {
        @Override
        public String toString() {
            return column + " of what is " + row + ": " + answer;
        }

        boolean isInquiry() {
            return column.equals("inquiry");
        }
    }

    private static List<Cell> table(String text) {
        List<List<String>> rows = text.lines()
                .map(line -> Arrays.stream(line.split("\\|")).map(String::trim).toList())
                .toList();
        List<Cell> cells = new ArrayList<>();
        for (List<String> row : rows.subList(1, rows.size())) {
            for (int column = 1; column < row.size(); column++) {
                cells.add(new Cell(row.get(0), rows.get(0).get(column), row.get(column)));
            }
        }
        return cells;
    }

    static List<Cell> answers() {
        return table(ANSWERS);
    }

    static List<Cell> answersOfTheLedger() {
        return answers().stream().filter(cell -> !OUTSIDE.contains(cell.row())).toList();
    }

    /** What can be asked of a payment that a processor did. */
    static List<Cell> answersOutside() {
        return answers().stream()
                .filter(cell -> !cell.answer().equals("-"))
                .filter(cell ->
                        !cell.row().equals("transferred") && !cell.column().equals("transfer"))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answersOfTheLedger")
    void eachOperationInEachState(Cell cell) {
        bring(cell.row(), PaymentRequest.LEDGER);
        if (cell.answer().equals("-")) {
            assertEquals(cell.row().equals("none"), !BEGINNING.contains(cell.column()));
            return;
        }
        Account alice = books.account("alice");
        Account kedai = books.account("kedai");

        Receipt receipt = books.decide(request("x", cell.column(), PaymentRequest.LEDGER));

        assertEquals(cell.answer(), receipt.reason().code());
        assertDone(cell, receipt.status() == Status.APPROVED, alice, kedai);
        if (receipt.status() == Status.APPROVED && !cell.isInquiry()) {
            assertEquals(moneyOf(cell), receipt.money());
        }
    }

    @ParameterizedTest(name = "by card: {0}")
    @MethodSource("answersOutside")
    void eachOperationOfAProcessorIsPendingAndThenApproved(Cell cell) {
        bring(cell.row(), CardLedger.CARD);
        Account alice = books.account("alice");
        Account kedai = books.account("kedai");

        Receipt receipt = books.decide(request("x", cell.column(), CardLedger.CARD));

        boolean isAllowed = cell.answer().equals("approved") && !cell.isInquiry();
        assertEquals(isAllowed ? "pending" : cell.answer(), receipt.reason().code());
        if (isAllowed) {
            assertReserved(cell, alice, kedai);
            assertEquals(MoneyEffect.UNKNOWN, receipt.money());
            books.tell("x", Outcome.approved(books.ledger.amount(books.payment("x"))));
            assertEquals(moneyOf(cell), books.payment("x").money());
        }
        assertDone(cell, isAllowed, alice, kedai);
    }

    @ParameterizedTest(name = "by card: {0}")
    @MethodSource("answersOutside")
    void whatAProcessorDeclinesIsAsIfItHadNotBeen(Cell cell) {
        bring(cell.row(), CardLedger.CARD);
        List<Account> before = List.of(books.account("alice"), books.account("kedai"));
        PaymentRecord original = books.ledger.payment("shop", "o");

        books.decide(request("x", cell.column(), CardLedger.CARD));
        if (books.ledger.payment("shop", "x") != null && books.reason("x") == Reason.PENDING) {
            books.tell("x", Outcome.declined(Reason.DO_NOT_HONOR));
        }

        List<Account> after = List.of(books.account("alice"), books.account("kedai"));
        for (int i = 0; i < 2; i++) {
            assertEquals(before.get(i).posted(), after.get(i).posted());
            assertEquals(before.get(i).held(), after.get(i).held());
            assertEquals(
                    before.get(i).spending().dayMinor(), after.get(i).spending().dayMinor());
            assertEquals(
                    before.get(i).spending().windowCount(),
                    after.get(i).spending().windowCount());
        }
        assertEquals(original, books.ledger.payment("shop", "o"));
    }

    /** That 10 were moved or held, or nothing. */
    private void assertDone(Cell cell, boolean isDone, Account alice, Account kedai) {
        long moved = !isDone
                ? 0
                : switch (cell.column()) {
                    case "sale", "transfer", "capture", "final" -> 10;
                    case "refund" -> -10;
                    default -> 0;
                };
        long newlyHeld = !isDone
                ? 0
                : switch (cell.column()) {
                    case "authorize" -> 10;
                    case "capture" -> -10;
                    case "void", "final" -> -alice.held();
                    default -> 0;
                };
        books.assertMoney(alice.posted() - moved, alice.held() + newlyHeld, kedai.posted() + moved, kedai.held());
    }

    private void assertReserved(Cell cell, Account alice, Account kedai) {
        long held = BEGINNING.contains(cell.column()) ? 10 : 0;
        long heldBack = cell.column().equals("refund") ? 10 : 0;
        books.assertMoney(alice.posted(), alice.held() + held, kedai.posted(), kedai.held() + heldBack);
        if (!cell.row().equals("none")) {
            PaymentSums sums = books.sums("o");
            long alreadyCapturing = cell.row().equals("being_captured") ? 30 : 0;
            long capturing = switch (cell.column()) {
                case "capture" -> 10;
                case "final", "void" -> sums.open();
                default -> 0;
            };
            assertEquals(alreadyCapturing + capturing, sums.capturing());
            assertEquals(heldBack, sums.refunding());
        }
    }

    private static MoneyEffect moneyOf(Cell cell) {
        return switch (cell.column()) {
            case "authorize" -> MoneyEffect.HELD;
            case "void" -> MoneyEffect.NOT_MOVED;
            default -> MoneyEffect.MOVED;
        };
    }

    @Test
    void theTableHasEveryStateAndEveryOperationThatIsOffered() {
        Set<Operation> offered = EnumSet.noneOf(Operation.class);
        Set<PaymentState> states = EnumSet.noneOf(PaymentState.class);
        answers().forEach(cell -> {
            offered.add(type(cell.column()));
            states.add(PaymentState.valueOf(cell.row().toUpperCase(Locale.ROOT)));
        });
        assertEquals(EnumSet.allOf(PaymentState.class), states);
        for (Operation operation : Operation.values()) {
            assertEquals(offered.contains(operation), Ledger.offers(operation), operation.code());
            assertEquals(offered.contains(operation), operation.isForClients(), operation.code());
        }
    }

    @Test
    void theRowsAnswerForTheStatesThatTheyCanMeetAndNoOther() {
        for (Operation operation : Operation.values()) {
            TransitionTable.Row row = TransitionTable.row(operation);
            if (operation == Operation.INQUIRY || !operation.isForClients()) {
                assertNull(row, operation.code());
                continue;
            }
            assertNotNull(row, operation.code());
            assertAnswersWhatItCanMeet(operation, row);
        }
        TransitionTable.Row last = TransitionTable.row(request("x", "final", PaymentRequest.LEDGER));
        assertNotNull(last);
        assertAnswersWhatItCanMeet(Operation.CAPTURE, last);
    }

    private static void assertAnswersWhatItCanMeet(Operation operation, TransitionTable.Row row) {
        EnumSet<PaymentState> beginning = EnumSet.of(PaymentState.NONE);
        Set<PaymentState> met = operation.namesPayment() ? EnumSet.complementOf(beginning) : beginning;
        assertEquals(met, row.answers().keySet(), operation.code());
    }

    @Test
    void theMessageReferenceSaysTheSame() throws IOException {
        List<List<String>> states = List.of(
                List.of("unknown"),
                List.of("pending", "in_doubt"),
                List.of("declined", "failed", "reversed", "transferred", "acted_on_another"),
                List.of("authorized"),
                List.of("partly_captured"),
                List.of("being_captured"),
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
        assertEquals(states.size(), documented.size());
        for (int i = 0; i < documented.size(); i++) {
            for (String state : states.get(i)) {
                String answers = Stream.of("capture", "final", "void", "refund")
                        .map(column -> answers().stream()
                                .filter(cell -> cell.row().equals(state)
                                        && cell.column().equals(column))
                                .map(Cell::answer)
                                .findFirst()
                                .orElseThrow())
                        .collect(Collectors.joining("` | `", "| `", "` |"));
                assertEquals(answers, documented.get(i), state);
            }
        }
    }

    record Proof(String operation, Cell cell) {
        @Override
        public String toString() {
            return operation + " that is " + cell.column() + " is told " + cell.row() + ": " + cell.answer();
        }
    }

    static List<Proof> proofs() {
        return Stream.of("authorize", "sale", "capture", "final", "void", "refund")
                .flatMap(operation -> table(EVIDENCE).stream().map(cell -> new Proof(operation, cell)))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("proofs")
    void eachEvidenceOfEachStanding(Proof proof) {
        String operation = proof.operation();
        if (!BEGINNING.contains(operation)) {
            bring(operation.equals("refund") ? "sold" : "authorized", CardLedger.CARD);
        }
        assertEquals(money(operation, "before"), money(operation));
        assertEquals(
                Reason.PENDING,
                books.decide(request("x", operation, CardLedger.CARD)).reason());
        Money amount = books.ledger.amount(books.payment("x"));
        assertEquals(money(operation, "pending or in doubt"), money(operation));
        bringToStand(proof.cell().column(), amount);
        PaymentRecord before = books.payment("x");
        String moneyBefore = money(operation);
        long recordsBefore = books.store.lastSequence();

        Settlement settlement =
                books.tell("x", Source.INQUIRY, told(proof.cell().row(), amount));

        PaymentRecord after = books.payment("x");
        assertEquals(after, settlement.payment());
        assertEquals(!proof.cell().answer().equals("-"), settlement.isChanged());
        assertEquals(recordsBefore + (settlement.isChanged() ? 1 : 0), books.store.lastSequence());
        switch (proof.cell().answer()) {
            case "-" -> assertEquals(before, after);
            case "anomaly" -> {
                assertEquals(before.withCourse(after.course()), after);
                assertEquals(Operation.ANOMALY, books.last().request().type());
                assertEquals(1, Integer.bitCount(after.course().anomalies()));
            }
            default -> {
                assertEquals(proof.cell().answer(), after.reason().code());
                assertEquals(Operation.OUTCOME, books.last().request().type());
            }
        }
        String stage = switch (after.status()) {
            case APPROVED -> "approved";
            case PENDING, IN_DOUBT -> "pending or in doubt";
            default -> "before";
        };
        assertEquals(money(operation, stage), money(operation));
        if (!settlement.isChanged() || proof.cell().answer().equals("anomaly")) {
            assertEquals(moneyBefore, money(operation));
        }
        assertEquals(after.isUnresolved(), isListedAsUnresolved());
        assertEquals(!after.status().isFinal() || proof.cell().answer().equals("anomaly"), after.isUnresolved());
    }

    @Test
    void theEvidenceHasEveryKindAndEveryStanding() {
        Set<String> told = new HashSet<>();
        Set<String> standings = new HashSet<>();
        table(EVIDENCE).forEach(cell -> {
            told.add(cell.row());
            standings.add(cell.column());
        });
        assertEquals(names(Told.values()), told);
        assertEquals(names(Standing.values()), standings);
    }

    private static Set<String> names(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    /** The first is pending already; all others have been in doubt for longer than the finality window. */
    private void bringToStand(String standing, Money amount) {
        if (standing.equals("pending")) {
            return;
        }
        books.tell("x", Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer"));
        books.pass(CardLedger.FINALITY);
        switch (standing) {
            case "in_doubt" -> {}
            case "being_reversed" -> books.reverse("x");
            case "approved" -> books.tell("x", Outcome.approved(amount));
            case "declined" -> books.tell("x", Outcome.declined(Reason.DO_NOT_HONOR));
            case "failed" -> books.tell("x", Outcome.notExecuted("refused by the network"));
            case "reversed" -> books.tell("x", Outcome.reversed());
            default -> throw new AssertionError(standing);
        }
    }

    private static Outcome told(String told, Money amount) {
        return switch (told) {
            case "approved" -> Outcome.approved(amount);
            case "approved_otherwise" -> Outcome.approved(Money.of(amount.minor() + 1, "MYR"));
            case "declined" -> Outcome.declined(Reason.DO_NOT_HONOR);
            case "not_executed" -> Outcome.notExecuted("refused by the network");
            case "reversed" -> Outcome.reversed();
            case "never_arrived" -> Outcome.notFound();
            default -> Outcome.unknown("no connection");
        };
    }

    private static String money(String operation, String stage) {
        return table(MONEY).stream()
                .filter(cell -> cell.row().equals(operation) && cell.column().equals(stage))
                .map(cell -> cell.answer().replaceAll(" +", " "))
                .findFirst()
                .orElseThrow();
    }

    private String money(String operation) {
        Account alice = books.account("alice");
        Account kedai = books.account("kedai");
        PaymentRecord changed = books.ledger.payment("shop", BEGINNING.contains(operation) ? "x" : "o");
        PaymentSums sums = changed == null ? PaymentSums.NONE : changed.sums();
        return "%d/%d %d/%d %d,%d,%d,%d,%d,%d %d in %d"
                .formatted(
                        alice.posted(),
                        alice.held(),
                        kedai.posted(),
                        kedai.held(),
                        sums.authorized(),
                        sums.captured(),
                        sums.released(),
                        sums.refunded(),
                        sums.capturing(),
                        sums.refunding(),
                        alice.spending().dayMinor(),
                        alice.spending().windowCount());
    }

    private boolean isListedAsUnresolved() {
        List<String> ids = new ArrayList<>();
        books.store.unresolved(payment -> ids.add(payment.request().id()));
        return ids.contains("x");
    }

    /** Makes a payment with the id "o" in this state, as {@link PaymentState} names it. */
    private void bring(String state, String method) {
        switch (state) {
            case "none", "unknown" -> {}
            case "pending" -> books.authorize("o", 100);
            case "in_doubt" -> {
                books.authorize("o", 100);
                books.tell("o", Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer"));
            }
            case "failed" -> {
                books.authorize("o", 100);
                books.tell("o", Outcome.notExecuted("refused by the network"));
            }
            case "reversed" -> {
                books.authorize("o", 100);
                books.tell("o", Outcome.unknown("no answer"));
                books.reverse("o");
                books.tell("o", Source.REVERSAL, Outcome.reversed());
            }
            case "declined" -> {
                PaymentRequest tooMuch = request("o", "sale", method, 5000);
                assertEquals(Reason.INSUFFICIENT_FUNDS, books.decide(tooMuch).reason());
            }
            case "transferred" -> done(request("o", "transfer", method, 100));
            case "sold" -> done(request("o", "sale", method, 100));
            case "authorized" -> done(request("o", "authorize", method, 100));
            case "partly_captured" -> {
                bring("authorized", method);
                done(PaymentRequest.capture("c", "o", CardLedger.myr(40)));
            }
            case "being_captured" -> {
                bring("partly_captured", method);
                books.capture("d", "o", 30);
            }
            case "captured" -> {
                bring("authorized", method);
                done(request("c", "final", PaymentRequest.LEDGER, 40));
            }
            case "refunded" -> {
                bring("captured", method);
                done(PaymentRequest.refund("r", "o", CardLedger.myr(40)));
            }
            case "voided" -> {
                bring("authorized", method);
                done(PaymentRequest.voidOf("v", "o"));
            }
            case "expired" -> {
                bring("authorized", method);
                books.pass(CardLedger.LIFETIME);
            }
            case "partly_expired" -> {
                bring("partly_captured", method);
                books.pass(CardLedger.LIFETIME);
            }
            case "acted_on_another" -> {
                done(request("s", "sale", method, 100));
                done(PaymentRequest.refund("o", "s", CardLedger.myr(40)));
            }
            default -> throw new AssertionError(state);
        }
    }

    /** Asks for it, and has the processor approve it where there is one. */
    private void done(PaymentRequest request) {
        if (books.decide(request).status() == Status.PENDING) {
            books.tell(request.id(), Outcome.approved(books.ledger.amount(books.payment(request.id()))));
        }
        assertEquals(Reason.APPROVED, books.reason(request.id()));
    }

    private static PaymentRequest request(String id, String column, String method) {
        return request(id, column, method, 10);
    }

    /** What acts on an earlier payment follows its method. */
    private static PaymentRequest request(String id, String column, String method, long minor) {
        Operation type = type(column);
        PaymentRequest.Builder builder = PaymentRequest.builder(id, type).isFinal(column.equals("final"));
        if (type.namesAccounts()) {
            builder.payer("alice").payee("kedai").method(method);
        }
        if (type.namesPayment()) {
            builder.payment("o");
        }
        if (type.carriesAmount()) {
            builder.amount(CardLedger.myr(minor));
        }
        return builder.build();
    }

    private static Operation type(String column) {
        Operation type = column.equals("final") ? Operation.CAPTURE : Operation.ofCode(column);
        assertNotNull(type, column);
        return type;
    }
}
