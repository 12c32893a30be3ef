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

    private static final int WIDTH = 720;
    private static final int LEFT = 220;
    private static final int RIGHT = 90;
    private static final int TOP = 44;
    private static final int BAR = 20;
    private static final int STEP = 30;
    private static final int PLOT_HEIGHT = 280;
    private static final int LINE_LEFT = 80;
    private static final int LINE_RIGHT = 190;
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

    /** Bars from the top down, each with its value and the range behind it. */
    static String bars(String title, List<Bar> bars) {
        Chart chart = new Chart(title, TOP + bars.size() * STEP + 12);
        double most = bars.stream().mapToDouble(Bar::most).max().orElse(1);
        double scale = (WIDTH - LEFT - RIGHT) / Math.max(most, Double.MIN_NORMAL);
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double top = TOP + i * STEP;
            double middle = top + BAR / 2.0;
            chart.text(LEFT - 8, middle + 4, "end", "", bar.label());
            chart.add(
                    "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>",
                    LEFT, top, bar.value() * scale, BAR, COLORS[i % COLORS.length]);
            chart.line("w", LEFT + bar.least() * scale, middle, LEFT + bar.most() * scale, middle);
            chart.text(LEFT + bar.most() * scale + 6, middle + 4, "start", "", shown(bar.value()));
        }
        return chart.end();
    }

    /**
     * Lines over one axis.
     *
     * @param isLogarithmic whether x grows by factors
     */
    static String lines(String title, String x, String y, boolean isLogarithmic, List<Line> lines) {
        Chart chart = new Chart(title, TOP + PLOT_HEIGHT + 56);
        List<Point> all = lines.stream().flatMap(line -> line.points().stream()).toList();
        double least = all.stream().mapToDouble(Point::x).min().orElse(0);
        double most = all.stream().mapToDouble(Point::x).max().orElse(1);
        double top = niceAbove(all.stream().mapToDouble(Point::y).max().orElse(1));
        int right = WIDTH - LINE_RIGHT;
        int bottom = TOP + PLOT_HEIGHT;
        for (int i = 0; i <= 4; i++) {
            double at = bottom - PLOT_HEIGHT * i / 4.0;
            chart.line("g", LINE_LEFT, at, right, at);
            chart.text(LINE_LEFT - 8, at + 4, "end", "", shown(top * i / 4));
        }
        for (double tick : ticks(all, least, most, isLogarithmic)) {
            double at = across(tick, least, most, isLogarithmic, right);
            chart.line("g", at, bottom, at, bottom + 5);
            chart.text(at, bottom + 20, "middle", "", shown(tick));
        }
        chart.text((LINE_LEFT + right) / 2.0, bottom + 42, "middle", "", x);
        chart.text(LINE_LEFT, TOP - 4, "start", "", y);
        for (int i = 0; i < lines.size(); i++) {
            String color = COLORS[i % COLORS.length];
            StringBuilder path = new StringBuilder();
            for (Point point : lines.get(i).points()) {
                double px = across(point.x(), least, most, isLogarithmic, right);
                double py = bottom - point.y() / top * PLOT_HEIGHT;
                path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", px, py));
                chart.add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", px, py, color);
            }
            chart.add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path, color);
            double legend = TOP + 8 + i * 22.0;
            chart.add(
                    "<rect x=\"%d\" y=\"%.1f\" width=\"12\" height=\"12\" rx=\"2\" fill=\"%s\"/>",
                    right + 16, legend, color);
            chart.text(right + 34, legend + 11, "start", "", lines.get(i).label());
        }
        return chart.end();
    }

    private static double across(double x, double least, double most, boolean isLogarithmic, int right) {
        if (most <= least) {
            return LINE_LEFT;
        }
        double share = isLogarithmic ? Math.log(x / least) / Math.log(most / least) : (x - least) / (most - least);
        return LINE_LEFT + share * (right - LINE_LEFT);
    }

    private static List<Double> ticks(List<Point> points, double least, double most, boolean isLogarithmic) {
        List<Double> ticks = new ArrayList<>();
        if (isLogarithmic) {
            points.stream().map(Point::x).distinct().sorted().forEach(ticks::add);
            return ticks;
        }
        for (int i = 0; i <= 4; i++) {
            ticks.add(least + (most - least) * i / 4);
        }
        return ticks;
    }

    private static double niceAbove(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(value, 1e-9))));
        for (double step : new double[] {1, 2, 4, 5, 8}) {
            if (step * power >= value) {
                return step * power;
            }
        }
        return 10 * power;
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
