package bayar.monitor;

import bayar.BayarException;
import java.util.Map;

/** A provider whose levels are fixed when it starts, or that is not known. */
record FixedLevels(String provider) implements LogLevels {
    @Override
    public Map<String, Level> levels() {
        throw cannot();
    }

    @Override
    public void set(String logger, Level level) {
        throw cannot();
    }

    private BayarException cannot() {
        return new BayarException("the provider of SLF4J here, " + provider + ", is not known to change levels while it"
                + " runs; use Logback, Log4j or slf4j-jdk14, or give the monitor a LogLevels");
    }
}
