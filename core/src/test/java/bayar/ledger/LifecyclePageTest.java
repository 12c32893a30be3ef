package bayar.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.ledger.TransitionTable.Standing;
import bayar.ledger.TransitionTable.Told;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The two tables of the page on a payment's life say what the transition table says. */
class LifecyclePageTest {
    private static final List<Map<PaymentState, Reason>> OPERATIONS = List.of(
            answers(Operation.CAPTURE, false),
            answers(Operation.CAPTURE, true),
            answers(Operation.VOID, false),
            answers(Operation.REFUND, false));

    @Test
    void saysWhatMayFollowWhat() throws IOException {
        EnumSet<PaymentState> states = EnumSet.complementOf(EnumSet.of(PaymentState.NONE));
        String real = states.stream()
                .map(state -> row(
                        state,
                        OPERATIONS,
                        answers -> "`" + answer(answers, state).code() + "`"))
                .collect(Collectors.joining("\n"));
        String documented = rows("<!-- operations")
                .map(line -> line.substring(0, line.lastIndexOf('|', line.length() - 2) + 1))
                .collect(Collectors.joining("\n"));
        assertEquals(real, documented);
    }

    @Test
    void saysWhatCountsAsEvidence() throws IOException {
        List<Standing> standings = List.of(Standing.values());
        String real = Stream.of(Told.values())
                .map(told -> row(told, standings, standing -> word(TransitionTable.effect(told, standing))))
                .collect(Collectors.joining("\n"));
        assertEquals(real, rows("<!-- evidence").collect(Collectors.joining("\n")));
    }

    @Test
    void namesTheStandingsInTheirOrder() throws IOException {
        String head = Stream.of(Standing.values())
                .map(LifecyclePageTest::word)
                .collect(Collectors.joining(" | ", "| told | ", " |"));
        assertEquals(head, from("<!-- evidence").skip(1).findFirst().orElseThrow());
    }

    private static Map<PaymentState, Reason> answers(Operation operation, boolean isFinal) {
        PaymentRequest.Builder request = PaymentRequest.builder("x", operation).payment("o");
        if (operation.carriesAmount()) {
            request.amount(Money.of(1, "MYR"));
        }
        TransitionTable.Row row = TransitionTable.row(request.isFinal(isFinal).build());
        return row == null ? Map.of() : row.answers();
    }

    private static Reason answer(Map<PaymentState, Reason> answers, PaymentState state) {
        Reason answer = answers.get(state);
        if (answer == null) {
            throw new AssertionError("no answer for " + state);
        }
        return answer;
    }

    private static <T> String row(Enum<?> first, List<T> columns, Function<T, String> cell) {
        return columns.stream().map(cell).collect(Collectors.joining(" | ", "| `" + word(first) + "` | ", " |"));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Stream<String> rows(String mark) throws IOException {
        return from(mark).skip(3).takeWhile(line -> line.startsWith("|"));
    }

    private static Stream<String> from(String mark) throws IOException {
        return Files.readAllLines(Path.of("../docs/lifecycle.md")).stream().dropWhile(line -> !line.startsWith(mark));
    }
}
