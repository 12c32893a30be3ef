package bayar.monitor;

import bayar.monitor.Metrics.Series;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Histograms as Prometheus knows them, read when it scrapes. */
final class PrometheusHistograms implements MultiCollector {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final NamingConvention naming;
    private final List<Series> series;
    private final Tags tags;

    PrometheusHistograms(PrometheusMeterRegistry registry, List<Series> series, Tags tags) {
        this.naming = registry.config().namingConvention();
        this.series = series;
        this.tags = tags;
    }

    @Override
    public MetricSnapshots collect() {
        Map<String, HistogramSnapshot.Builder> byName = new LinkedHashMap<>();
        for (Series one : series) {
            byName.computeIfAbsent(
                            name(one),
                            name -> HistogramSnapshot.builder().name(name).help(one.description()))
                    .dataPoint(point(one));
        }
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        byName.values().forEach(histogram -> all.metricSnapshot(histogram.build()));
        return all.build();
    }

    private String name(Series one) {
        return naming.name(one.name(), one.isTime() ? Meter.Type.TIMER : Meter.Type.DISTRIBUTION_SUMMARY);
    }

    private HistogramDataPointSnapshot point(Series one) {
        double unit = one.isTime() ? NANOS_PER_SECOND : 1;
        Histogram histogram = one.histogram();
        long[] bounds = histogram.bounds();
        double[] upper = new double[bounds.length + 1];
        for (int i = 0; i < bounds.length; i++) {
            upper[i] = bounds[i] / unit;
        }
        upper[bounds.length] = Double.POSITIVE_INFINITY;
        return HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(ClassicHistogramBuckets.of(upper, histogram.counts()))
                .sum(histogram.sum() / unit)
                .labels(labels(one))
                .build();
    }

    private Labels labels(Series one) {
        Labels.Builder labels = Labels.builder();
        for (Tag tag : one.tags(tags)) {
            labels.label(naming.tagKey(tag.getKey()), naming.tagValue(tag.getValue()));
        }
        return labels.build();
    }
}
