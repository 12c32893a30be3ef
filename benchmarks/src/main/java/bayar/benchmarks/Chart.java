package bayar.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws charts as SVG, readable on a light and on a dark page. */
final class Chart {
    /** One bar, with the range in which it was measured. */
    record Bar(String label, double value, double least, double most) {}

    /** A line through points, in the order of x. */
    record Line(String label, List<Point> points) {}

    /** A point of a {@link Line}. */
    record Point(double x, double y) {}

    /** How an axis grows. */
    enum Scale {
        /** By equal steps, from 0. */
        LINEAR,
        /** By factors: what is 0 is not drawn. */
        LOGARITHMIC
    }

    private static final int WIDTH = 760;
    private static final int LEFT = 250;
    private static final int RIGHT = 90;
    private static final int TOP = 44;
    private static final int BAR = 20;
    private static final int STEP = 30;
    private static final int PLOT_HEIGHT = 280;
    private static final int LINES_TOP = 66;
    private static final int LINE_LEFT = 80;
    private static final int LINE_RIGHT = 210;
    /** No two labels of an axis are nearer. */
    private static final int LABEL_WIDTH = 52;

    private static final int MOST_DOTS = 30;
    private static final int CAP = 4;
    private static final String OURS = "Bayar";
    private static final String OTHERS_COLOR = "#8b98a9";
    private static final String[] COLORS = {"#2f81f7", "#e16f24", "#3fa34d", "#b64fc8", "#d0a215", "#d64545", "#14a3a8"
    };

    private final StringBuilder svg = new StringBuilder();

    private Chart(String title, int height) {
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">%n"
                        + "<title>%s</title>%n"
                        + "<style>text{font:13px system-ui,sans-serif;fill:#57606a}.t{font-size:15px;font-weight:600}"
                        + ".g{stroke:#8c959f;stroke-opacity:.35}.w{stroke:#57606a;stroke-width:1.5}"
                        + "@media (prefers-color-scheme:dark){text{fill:#adbac7}.w{stroke:#adbac7}}</style>%n",
                WIDTH,
                height,
                WIDTH,
                height,
                escaped(title)));
        text(12, 24, "start", "t", title);
    }

    /** Bars from the top down, each with its value and the range behind it; Bayar's stand out. */
    static String bars(String title, List<Bar> bars) {
        Chart chart = new Chart(title, TOP + bars.size() * STEP + 12);
        double most = bars.stream().mapToDouble(Bar::most).max().orElse(1);
        boolean hasOurs = bars.stream().anyMatch(bar -> bar.label().startsWith(OURS));
        double scale = (WIDTH - LEFT - RIGHT) / Math.max(most, Double.MIN_NORMAL);
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double top = TOP + i * STEP;
            double middle = top + BAR / 2.0;
            chart.text(LEFT - 8, middle + 4, "end", "", bar.label());
            chart.add(
                    "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>",
                    LEFT,
                    top,
                    bar.value() * scale,
                    BAR,
                    !hasOurs || bar.label().startsWith(OURS) ? COLORS[0] : OTHERS_COLOR);
            chart.range(LEFT + bar.least() * scale, LEFT + bar.most() * scale, middle);
            chart.text(LEFT + bar.most() * scale + 6, middle + 4, "start", "", shown(bar.value()));
        }
        return chart.end();
    }

    /** Lines over two axes. */
    static String lines(String title, String x, String y, Scale xScale, Scale yScale, List<Line> lines) {
        Chart chart = new Chart(title, LINES_TOP + PLOT_HEIGHT + 56);
        List<Line> drawn = lines.stream()
                .map(line -> new Line(line.label(), drawable(line.points(), xScale, yScale)))
                .toList();
        List<Point> all = drawn.stream().flatMap(line -> line.points().stream()).toList();
        int right = WIDTH - LINE_RIGHT;
        int bottom = LINES_TOP + PLOT_HEIGHT;
        Axis across = Axis.of(xScale, all.stream().map(Point::x).toList(), LINE_LEFT, right);
        Axis up = Axis.of(yScale, all.stream().map(Point::y).toList(), bottom, LINES_TOP);
        for (double tick : up.ticks()) {
            chart.line("g", LINE_LEFT, up.at(tick), right, up.at(tick));
            chart.text(LINE_LEFT - 8, up.at(tick) + 4, "end", "", shown(tick));
        }
        double last = Double.NEGATIVE_INFINITY;
        for (double tick : across.ticks()) {
            double at = across.at(tick);
            chart.line("g", at, bottom, at, bottom + 5);
            // The last one is always told.
            if (at == right || at - last >= LABEL_WIDTH && right - at >= LABEL_WIDTH) {
                chart.text(at, bottom + 20, "middle", "", shown(tick));
                last = at;
            }
        }
        chart.text((LINE_LEFT + right) / 2.0, bottom + 42, "middle", "", x);
        chart.text(LINE_LEFT, LINES_TOP - 12, "start", "", y);
        for (int i = 0; i < drawn.size(); i++) {
            chart.draw(drawn.get(i), across, up, COLORS[i % COLORS.length]);
            double legend = LINES_TOP + i * 22.0;
            chart.add(
                    "<rect x=\"%d\" y=\"%.1f\" width=\"12\" height=\"12\" rx=\"2\" fill=\"%s\"/>",
                    right + 16, legend, COLORS[i % COLORS.length]);
            chart.text(right + 34, legend + 11, "start", "", drawn.get(i).label());
        }
        return chart.end();
    }

    private static List<Point> drawable(List<Point> points, Scale xScale, Scale yScale) {
        return points.stream()
                .filter(point -> (xScale == Scale.LINEAR || point.x() > 0) && (yScale == Scale.LINEAR || point.y() > 0))
                .toList();
    }

    private void draw(Line line, Axis across, Axis up, String color) {
        StringBuilder path = new StringBuilder();
        for (Point point : line.points()) {
            double px = across.at(point.x());
            double py = up.at(point.y());
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", px, py));
            if (line.points().size() <= MOST_DOTS) {
                add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", px, py, color);
            }
        }
        add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linejoin=\"round\"/>", path, color);
    }

    /** Where values are drawn between two ends, and which of them are written beside it. */
    private record Axis(Scale scale, double least, double most, double begin, double end, List<Double> ticks) {
        private static final double FEWEST_STEPS = 4;

        static Axis of(Scale scale, List<Double> values, double begin, double end) {
            double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
            double least =
                    values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
            return scale == Scale.LINEAR ? linear(most, begin, end) : logarithmic(least, most, values, begin, end);
        }

        private static Axis linear(double most, double begin, double end) {
            double step = niceBelow(Math.max(most, Double.MIN_NORMAL) / FEWEST_STEPS);
            List<Double> ticks = new ArrayList<>();
            for (int i = 0; (i - 1) * step < most * 0.999; i++) {
                ticks.add(i * step);
            }
            return new Axis(Scale.LINEAR, 0, ticks.get(ticks.size() - 1), begin, end, ticks);
        }

        /** Across, from the first to the last value; up, from one power of ten to another. */
        private static Axis logarithmic(double least, double most, List<Double> values, double begin, double end) {
            if (begin < end) {
                return new Axis(
                        Scale.LOGARITHMIC,
                        least,
                        most,
                        begin,
                        end,
                        values.stream().distinct().sorted().toList());
            }
            List<Double> ticks = new ArrayList<>();
            double power = Math.pow(10, Math.floor(Math.log10(least)));
            ticks.add(power);
            while (power < most * 0.999) {
                power *= 10;
                ticks.add(power);
            }
            return new Axis(Scale.LOGARITHMIC, ticks.get(0), power, begin, end, ticks);
        }

        double at(double value) {
            if (most <= least) {
                return begin;
            }
            double share = scale == Scale.LINEAR
                    ? (value - least) / (most - least)
                    : Math.log(value / least) / Math.log(most / least);
            return begin + share * (end - begin);
        }
    }

    private static double niceBelow(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double step : new double[] {5, 2.5, 2}) {
            if (step * power <= value) {
                return step * power;
            }
        }
        return power;
    }

    /** A number with three digits that count. */
    static String shown(double value) {
        if (value >= 1e6) {
            return String.format(Locale.ROOT, value % 1e6 == 0 ? "%.0f M" : "%.2f M", value / 1e6);
        }
        if (value >= 100 || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value < 1 ? "%.3f" : "%.1f", value);
    }

    private void line(String style, double x1, double y1, double x2, double y2) {
        add("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", style, x1, y1, x2, y2);
    }

    private void range(double x1, double x2, double y) {
        line("w", x1, y, x2, y);
        line("w", x1, y - CAP, x1, y + CAP);
        line("w", x2, y - CAP, x2, y + CAP);
    }

    private void text(double x, double y, String anchor, String style, String text) {
        add(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
                x, y, anchor, style, escaped(text));
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    private String end() {
        return svg.append("</svg>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
