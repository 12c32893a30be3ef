package bayar.examples;

import bayar.store.sqlite.SqliteStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists what an operator may have to look into. */
@Command(
        name = "open",
        description = {
            "Lists the payments that are pending, in doubt, or contradicted by something told later: the oldest first.",
            "\"next try\" is when the processor is asked again; \"stuck\" means that nothing happens without you.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class Open implements Callable<Integer> {
    private static final List<String> HEADER =
            List.of("ID", "PRINCIPAL", "TYPE", "AMOUNT", "STATUS", "REASON", "AGE", "TRIES", "NEXT TRY", "REFERENCE");

    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Option(names = "--json", description = "Print one object of JSON in a line for each.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<OpenPayment> payments = payments();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            payments.forEach(payment -> out.println(Json.MAPPER.writeValueAsString(payment)));
        } else if (payments.isEmpty()) {
            out.println("nothing is open");
        } else {
            print(payments, out);
        }
        return ExitCode.OK;
    }

    private List<OpenPayment> payments() {
        try {
            byte[] told = operator.get("/operator/unresolved?max=" + HttpDoor.MAX_TOLD);
            return Json.read(told, HttpDoor.OpenPayments.class).payments();
        } catch (OperatorOptions.NoServer e) {
            spec.commandLine().getErr().println("bayar: no server runs on this ledger, so nobody is asked");
            List<OpenPayment> payments = new ArrayList<>();
            Path data = operator.data();
            if (data != null) {
                Instant now = Instant.now();
                SqliteStore.readUnresolved(data, payment -> payments.add(OpenPayment.of(payment, now)));
            }
            return payments;
        }
    }

    private static void print(List<OpenPayment> payments, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>(List.of(HEADER));
        payments.forEach(payment -> rows.add(row(payment)));
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            Arrays.setAll(
                    widths, column -> Math.max(widths[column], row.get(column).length()));
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                line.append(String.format("%-" + widths[column] + "s  ", row.get(column)));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static List<String> row(OpenPayment payment) {
        return List.of(
                payment.id(),
                payment.principal(),
                payment.type(),
                payment.amount() == null ? "-" : payment.amount() + " " + payment.currency(),
                payment.anomalous() ? payment.status() + ", anomalous" : payment.status(),
                payment.reason(),
                age(Duration.ofSeconds(payment.ageSeconds())),
                String.valueOf(payment.tries()),
                next(payment),
                payment.reference() == null ? "-" : payment.reference());
    }

    private static String next(OpenPayment payment) {
        if (payment.nextTry() != null) {
            return payment.nextTry().toString();
        }
        return payment.stuck() ? "stuck" : "-";
    }

    private static String age(Duration age) {
        if (age.toDays() > 0) {
            return age.toDays() + " d " + age.toHoursPart() + " h";
        }
        return age.toHours() > 0
                ? age.toHours() + " h " + age.toMinutesPart() + " min"
                : age.toMinutes() > 0 ? age.toMinutes() + " min" : age.toSeconds() + " s";
    }
}
