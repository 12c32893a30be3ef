package bayar.monitor;

import bayar.AnswerEvent;
import bayar.BayarException;
import bayar.Extension;
import bayar.Operator;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.time.Clock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Shows how an engine does: an extension to be given to one engine's builder. */
public class Monitor implements Extension {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MAX_PORT = 65_535;
    private static final int MIN_TOKEN = 16;

    private final LivePage.@Nullable Place place;
    private final Clock clock;
    private final Counts counts = new Counts();
    private final Metrics metrics;
    private final JvmMetrics jvm;
    private final LogLevels levels;
    private final long leastDiskBytes;
    private final LongSupplier nanoTicker;
    private volatile @Nullable Readings readings;
    private volatile @Nullable LivePage page;

    private Monitor(Builder builder) {
        place = builder.port == null ? null : new LivePage.Place(builder.host, builder.port, builder.token);
        clock = builder.clock;
        MeterRegistry given = builder.registry;
        jvm = given == null ? JvmMetrics.ownRegistry() : JvmMetrics.none(given);
        metrics = new Metrics(jvm.registry(), builder.tags);
        levels = builder.levels != null ? builder.levels : LogLevels.ofProvider();
        leastDiskBytes = builder.leastDiskBytes;
        nanoTicker = builder.nanoTicker;
    }

    /** A builder with every default. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String name() {
        return "monitor";
    }

    @Override
    public void install(Registrar registrar) {
        registrar.probe(metrics);
        if (place != null) {
            registrar.probe(counts);
        }
    }

    @Override
    public void started(Operator operator) {
        Readings started = new Readings(operator, nanoTicker);
        metrics.started(operator, started);
        readings = started;
        if (place != null) {
            page = LivePage.open(
                    place, counts, operator, new MachineViews(metrics, this::health, levels), clock, nanoTicker);
        }
    }

    @Override
    public void stopping() {
        LivePage open = page;
        if (open != null) {
            page = null;
            open.close();
        }
        Readings last = readings;
        if (last != null) {
            last.end();
        }
        metrics.close();
        jvm.close();
    }

    /**
     * How fit the engine is.
     *
     * @throws BayarException before the engine has started
     */
    public Health health() {
        Readings started = readings;
        if (started == null) {
            throw new BayarException("this monitor has no engine yet; give it to a builder, and start that");
        }
        return new Doctor(started, leastDiskBytes).health();
    }

    /**
     * All metrics in the text format of Prometheus.
     *
     * @throws BayarException if the host's registry has none for Prometheus
     */
    public String scrape() {
        PrometheusMeterRegistry registry = metrics.prometheus();
        if (registry == null) {
            throw new BayarException("the registry that this monitor was given is not for Prometheus; add a"
                    + " PrometheusMeterRegistry to it, or let the monitor have its own");
        }
        return registry.scrape();
    }

    /**
     * Where the live page is, once the engine has started.
     *
     * @throws BayarException if it is not served
     */
    public URI url() {
        LivePage open = page;
        if (open == null) {
            throw new BayarException("the monitor serves nothing: give its builder a port, and start the engine");
        }
        return open.url();
    }

    /** One that traces. Apart from the others, so that these are told no answer on a thread of their own. */
    private static final class Traced extends Monitor {
        private final Tracing tracing;

        private Traced(Builder builder, OpenTelemetry telemetry) {
            super(builder);
            tracing = new Tracing(telemetry, builder.clock, builder.nanoTicker);
        }

        @Override
        public void onAnswer(AnswerEvent event) {
            tracing.answered(event);
        }
    }

    /** Sets a monitor up. Not thread-safe. */
    public static final class Builder {
        private static final long LEAST_DISK_BYTES = 1L << 30;

        private @Nullable Integer port;
        private String host = LOOPBACK;
        private @Nullable String token;
        private Clock clock = Clock.systemUTC();
        private @Nullable MeterRegistry registry;
        private Tags tags = Tags.empty();
        private @Nullable LogLevels levels;
        private @Nullable OpenTelemetry telemetry;
        private long leastDiskBytes = LEAST_DISK_BYTES;
        private LongSupplier nanoTicker = System::nanoTime;

        private Builder() {}

        /**
         * Serves the live page, metrics and health over HTTP at this port; 0 takes a free one. Without this nothing is
         * served.
         *
         * @throws BayarException if it is no port
         */
        public Builder port(int port) {
            if (port < 0 || port > MAX_PORT) {
                throw new BayarException("port " + port + " of the monitor is not 0 to " + MAX_PORT);
            }
            this.port = port;
            return this;
        }

        /** Where to listen: 127.0.0.1 unless this is called. What other machines reach takes a {@link #token}. */
        public Builder host(String host) {
            this.host = host;
            return this;
        }

        /**
         * What operators prove themselves with when they settle a payment; where other machines can look, what they prove
         * themselves with for that too.
         *
         * @throws BayarException if it could be guessed
         */
        public Builder token(String token) {
            if (token.length() < MIN_TOKEN || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
                throw new BayarException("token of the monitor is not " + MIN_TOKEN
                        + " or more printable characters without spaces; make a random one");
            }
            this.token = token;
            return this;
        }

        /** Tells how old things are; the system's unless this is called. */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        /**
         * The host's own registry, whose host measures its own process. Unless this is called the monitor has one of its
         * own, with what is known of memory, collections and threads.
         */
        public Builder registry(MeterRegistry registry) {
            this.registry = registry;
            return this;
        }

        /** A tag that every metric gets, to tell several engines in one registry apart. */
        public Builder tag(String key, String value) {
            tags = tags.and(key, value);
            return this;
        }

        /** How levels of loggers are changed; unless this is called, as the provider of SLF4J that is there does it. */
        public Builder logLevels(LogLevels levels) {
            this.levels = levels;
            return this;
        }

        /** With less room than this left on the ledger's disk, {@link Health} warns; 1 GiB unless told. */
        public Builder leastDisk(long bytes) {
            if (bytes < 0) {
                throw new BayarException("leastDisk is " + bytes + "; it must be 0 or more bytes");
            }
            leastDiskBytes = bytes;
            return this;
        }

        /** Makes a span of each request; by default there are none. The host brings the SDK, and chooses what is sampled. */
        public Builder tracing(OpenTelemetry telemetry) {
            this.telemetry = telemetry;
            return this;
        }

        /** The engine's clock for durations, where the engine was given one. */
        public Builder nanoTicker(LongSupplier nanoTicker) {
            this.nanoTicker = nanoTicker;
            return this;
        }

        /** The monitor, to be given to one engine. */
        public Monitor build() {
            return telemetry == null ? new Monitor(this) : new Traced(this, telemetry);
        }
    }
}
