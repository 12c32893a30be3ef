package bayar.monitor;

import bayar.BayarException;
import bayar.Operator;
import bayar.Probe;
import java.net.URI;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at one engine once a second, and shows what it has seen behind a {@link Door}. */
final class LivePage implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LivePage.class);

    private final Glances glances;
    private final Door door;
    private final ScheduledExecutorService everySecond;

    private LivePage(Glances glances, Door door) {
        this.glances = glances;
        this.door = door;
        everySecond = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "bayar-monitor-look");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Where it is to be served.
     *
     * @param port 0 takes a free one
     * @param token the operator's, or null
     */
    record Place(String host, int port, @Nullable String token) {}

    /**
     * Begins to look, and to serve.
     *
     * @param counts what is told of every answer and batch, as a {@link Probe}
     * @throws BayarException if it cannot listen there
     */
    static LivePage open(
            Place place, Counts counts, Operator operator, Door.Views views, Clock clock, LongSupplier nanoTicker) {
        Glances glances = new Glances(operator, counts);
        glances.look();
        LivePage page = new LivePage(glances, Door.open(place, operator, glances, views, clock, nanoTicker));
        page.everySecond.scheduleAtFixedRate(page::tick, 1, 1, TimeUnit.SECONDS);
        return page;
    }

    private void tick() {
        try {
            glances.look();
            door.cutOff();
        } catch (RuntimeException e) {
            // The next second may be better; nobody is to look at a page that stands still for good.
            log.error("a defect: looking at the engine failed, and is done again in a second", e);
        }
    }

    /** Where it is served. */
    URI url() {
        return door.url();
    }

    @Override
    public void close() {
        everySecond.shutdownNow();
        door.close();
    }
}
