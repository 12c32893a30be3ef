package bayar.monitor;

import bayar.Extension;
import bayar.Operator;

/** Shows how an engine does: an extension to be given to the engine's builder. */
public final class Monitor implements Extension {
    private Monitor() {}

    /** A builder with every default. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String name() {
        return "monitor";
    }

    @Override
    public void install(Registrar registrar) {}

    @Override
    public void started(Operator operator) {}

    @Override
    public void stopping() {}

    /** Sets a monitor up. Not thread-safe. */
    public static final class Builder {
        private Builder() {}

        /** The monitor, to be given to one engine. */
        public Monitor build() {
            return new Monitor();
        }
    }
}
