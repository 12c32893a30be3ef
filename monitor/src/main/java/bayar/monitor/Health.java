package bayar.monitor;

import java.util.List;

/**
 * How fit an engine is, for whoever starts, stops and routes to it.
 *
 * @param isLive false when only a restart helps: a failure has stopped the engine
 * @param isReady whether it is worth sending requests here
 * @param checks what was looked at, and what was found
 */
public record Health(boolean isLive, boolean isReady, List<Check> checks) {
    /** Keeps a copy of the checks. */
    public Health {
        checks = List.copyOf(checks);
    }

    /** How bad it is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Somebody should look into it; payments go on. */
        WARNING,
        /** Not ready. */
        FAILING
    }

    /**
     * One thing that was looked at.
     *
     * @param name {@code engine}, {@code store}, {@code queue}, {@code doubt}, {@code contradictions}, {@code disk} or
     *     {@code clock}
     * @param level how bad it is
     * @param message what was found, for people
     * @param value the number behind it, in {@code unit}; 0 where there is none
     * @param unit such as {@code seconds} or {@code bytes}; empty where there is none
     */
    public record Check(String name, Level level, String message, long value, String unit) {}
}
