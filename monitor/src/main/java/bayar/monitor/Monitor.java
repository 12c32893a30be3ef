package bayar.monitor;

import bayar.BayarException;
import bayar.Extension;
import bayar.Operator;
import java.net.URI;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shows how an engine does: an extension to be given to the engine's builder. */
public final class Monitor implements Extension {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MAX_PORT = 65_535;
    private static final int MIN_TOKEN = 16;

    private final LivePage.@Nullable Place place;
    private final Clock clock;
    private final Counts counts = new Counts();
    private volatile @Nullable LivePage page;

    private Monitor(Builder builder) {
        place = builder.port == null ? null : new LivePage.Place(builder.host, builder.port, builder.token);
        clock = builder.clock;
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
        if (place != null) {
            registrar.probe(counts);
        }
    }

    @Override
    public void started(Operator operator) {
        if (place != null) {
            page = LivePage.open(place, counts, operator, new EngineViews(operator), clock, System::nanoTime);
        }
    }

    @Override
    public void stopping() {
        LivePage open = page;
        if (open != null) {
            page = null;
            open.close();
        }
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

    /** What is told while nobody counts more than the engine itself. */
    private record EngineViews(Operator operator) implements Door.Views {
        @Override
        public Answer metrics() {
            return Answer.refused(404, "there is nothing here");
        }

        @Override
        public Answer live() {
            return Answer.json(Map.of("status", "up"));
        }

        @Override
        public Answer ready() {
            return health();
        }

        @Override
        public Answer health() {
            boolean isReady = operator.status().refusing() == null;
            return Answer.json(isReady ? 200 : 503, Map.of("status", isReady ? "up" : "down"));
        }

        @Override
        public Answer loggers() {
            return Answer.refused(404, "there is nothing here");
        }

        @Override
        public Answer setLogger(byte[] json) {
            return Answer.refused(404, "there is nothing here");
        }
    }

    /** Sets a monitor up. Not thread-safe. */
    public static final class Builder {
        private @Nullable Integer port;
        private String host = LOOPBACK;
        private @Nullable String token;
        private Clock clock = Clock.systemUTC();

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

        /** The monitor, to be given to one engine. */
        public Monitor build() {
            return new Monitor(this);
        }
    }
}
