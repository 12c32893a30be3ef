package bayar.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds what a server keeps up with when payments come by the clock: the highest rate at which less than one in a hundred
 * is refused or cannot be sent, and 99 of a hundred are answered within a tenth of a second. It goes up in tenths of what
 * the server does in a closed loop, until it has missed two rates in a row; a rate is missed when it was missed twice.
 */
final class Sweep {
    /** How one rate went. */
    record Rate(double perSecond, Load.Figures figures) {
        boolean isKept() {
            double wanted = perSecond * figures.nanos() / 1e9;
            return (figures.notSent() + figures.otherAnswers()) < MOST_LOST * wanted
                    && figures.latency().getTotalCount() > 0
                    && figures.micros(99) <= MOST_P99_MICROS;
        }
    }

    static final Set<String> BUSY = Set.of("busy");

    private static final double MOST_LOST = 0.01;
    private static final double MOST_P99_MICROS = 100_000;
    private static final int MISSES = 2;
    private static final int FIRST_TENTHS = 2;
    private static final int LAST_TENTHS = 16;
    private static final int LAST_QUICK_TENTHS = 3;

    private final List<Rate> rates;

    private Sweep(List<Rate> rates) {
        this.rates = rates;
    }

    /** @param closedPerSecond what the server does in a closed loop */
    static Sweep of(Lab lab, Lab.Subject subject, Settings settings, double closedPerSecond)
            throws IOException, InterruptedException {
        List<Rate> rates = new ArrayList<>();
        int missed = 0;
        int last = settings.isQuick ? LAST_QUICK_TENTHS : LAST_TENTHS;
        for (int tenths = FIRST_TENTHS; tenths <= last && missed < MISSES; tenths++) {
            double perSecond = closedPerSecond * tenths / 10;
            lab.say(String.format(Locale.ROOT, "by the clock at %,.0f/s", perSecond));
            Rate rate = measure(lab, subject, settings, perSecond);
            if (!rate.isKept()) {
                Rate again = measure(lab, subject, settings, perSecond);
                rate = again.isKept() ? again : rate;
            }
            rates.add(rate);
            missed = rate.isKept() ? 0 : missed + 1;
        }
        return new Sweep(rates);
    }

    private static Rate measure(Lab lab, Lab.Subject subject, Settings settings, double perSecond)
            throws IOException, InterruptedException {
        try (Load load = lab.connect(subject)) {
            Payments payments = lab.payments(subject, (long) (perSecond * settings.seconds) + 1);
            List<Load.Step> steps = List.of(new Load.Step(perSecond, Lab.seconds(settings.seconds)));
            return new Rate(
                    perSecond, load.open(payments, settings.depth, steps, BUSY).get(0));
        }
    }

    /** The highest rate that was kept; when none was, what came of the lowest. */
    double keptPerSecond() {
        return rates.stream()
                .filter(Rate::isKept)
                .mapToDouble(Rate::perSecond)
                .max()
                .orElse(rates.get(0).figures().perSecond());
    }

    /** Whether nothing went wrong but what happens when there is too much. */
    boolean isClean() {
        return rates.stream().allMatch(rate -> rate.figures().hasOnlyUnsent());
    }

    void print(PrintWriter out) {
        out.printf(
                "%-26s %11s %11s %11s %11s %10s %10s%n",
                "by the clock", "offered/s", "good/s", "busy/s", "not sent/s", "p50 us", "p99 us");
        rates.forEach(rate -> print(out, rate.isKept() ? "kept" : "missed", rate.perSecond(), rate.figures()));
        out.flush();
    }

    static void print(PrintWriter out, String label, double offered, Load.Figures figures) {
        double seconds = figures.nanos() / 1e9;
        out.printf(
                Locale.ROOT,
                "%-26s %,11.0f %,11.0f %,11.0f %,11.0f %,10.0f %,10.0f%n",
                label,
                offered,
                figures.perSecond(),
                figures.otherAnswers() / seconds,
                figures.notSent() / seconds,
                figures.micros(50),
                figures.micros(99));
    }

    List<String> csv() {
        List<String> csv = new ArrayList<>(
                List.of("offered_per_second,good_per_second,other_answers,not_sent,p50_us,p99_us,p999_us,kept"));
        for (Rate rate : rates) {
            Load.Figures figures = rate.figures();
            csv.add(String.format(
                    Locale.ROOT,
                    "%.0f,%.0f,%d,%d,%.1f,%.1f,%.1f,%b",
                    rate.perSecond(),
                    figures.perSecond(),
                    figures.otherAnswers(),
                    figures.notSent(),
                    figures.micros(50),
                    figures.micros(99),
                    figures.micros(99.9),
                    rate.isKept()));
        }
        return csv;
    }

    String chart(String title) {
        List<Chart.Line> lines = List.of(
                new Chart.Line("offered", new ArrayList<>()),
                new Chart.Line("approved in time", new ArrayList<>()),
                new Chart.Line("busy or not sent", new ArrayList<>()));
        for (Rate rate : rates) {
            Load.Figures figures = rate.figures();
            double lost = (figures.notSent() + figures.otherAnswers()) * 1e9 / figures.nanos();
            lines.get(0).points().add(new Chart.Point(rate.perSecond(), rate.perSecond()));
            lines.get(1).points().add(new Chart.Point(rate.perSecond(), figures.perSecond()));
            lines.get(2).points().add(new Chart.Point(rate.perSecond(), lost));
        }
        return Chart.lines(
                title, "payments offered each second", "payments/s", Chart.Scale.LINEAR, Chart.Scale.LINEAR, lines);
    }
}
