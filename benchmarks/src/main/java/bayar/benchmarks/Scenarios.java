package bayar.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** What is measured, each time as a list of servers under loads. */
final class Scenarios {
    private final Settings settings;
    private final PrintWriter out;
    private final PrintWriter err;

    Scenarios(Settings settings, CommandLine command) {
        this.settings = settings;
        this.out = command.getOut();
        this.err = command.getErr();
    }

    /** Whether nothing went wrong. */
    boolean peers() throws IOException {
        boolean isClean = true;
        for (boolean isWebSocket : settings.webSockets()) {
            List<Lab.Subject> subjects = new ArrayList<>();
            for (Contender contender : Contender.values()) {
                boolean isWanted = settings.only == null || settings.only.contains(contender);
                if (isWanted && contender.speaks(isWebSocket)) {
                    subjects.add(subject(contender.title(), contender, isWebSocket, settings.mix()));
                }
            }
            String transport = isWebSocket ? "ws" : "tcp";
            Report report = report(
                    "peers-" + transport + "-" + settings.connections + "x" + settings.depth,
                    "Peers over " + transport + ", " + settings.connections + " x " + settings.depth);
            isClean &= compare(report, subjects, reference(subjects));
            report.writeBars();
        }
        return isClean;
    }

    boolean store(long stored) throws IOException {
        try (Lab lab = new Lab(settings, err)) {
            new StoreSpeed(settings, out).batches(lab.newDirectory("store"));
            if (stored > 0) {
                new StoreSpeed(settings, out).growth(lab.newDirectory("store"), settings.isQuick ? 20_000 : stored);
            }
        }
        return true;
    }

    private Lab.Subject reference(List<Lab.Subject> subjects) {
        return subjects.stream()
                .filter(subject -> subject.contender() == Contender.SQLITE)
                .findFirst()
                .orElse(subjects.get(0));
    }

    private Lab.Subject subject(String label, Contender contender, boolean isWebSocket, Payments.Mix mix) {
        return new Lab.Subject(label, contender, isWebSocket, settings.connections, settings.depth, mix);
    }

    private Report report(String name, String title) {
        return new Report(name, title, settings.write, out);
    }

    private boolean compare(Report report, List<Lab.Subject> subjects, Lab.Subject reference) throws IOException {
        try (Lab lab = new Lab(settings, err)) {
            Map<Lab.Subject, List<Lab.Measured>> results = lab.compare(subjects);
            subjects.forEach(subject -> report.add(subject, results.get(subject)));
            report.print(reference);
            return report.isClean();
        }
    }
}
