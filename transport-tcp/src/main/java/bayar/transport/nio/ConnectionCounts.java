package bayar.transport.nio;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How many connections there are: in total, per address and per name. Thread-safe. */
final class ConnectionCounts {
    private final ListenerSettings settings;
    private final Map<String, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> byName = new HashMap<>();
    private int total;

    /** How many connections have messages without a reply. */
    private final LongAdder busy = new LongAdder();

    ConnectionCounts(ListenerSettings settings) {
        this.settings = settings;
    }

    /** Counts one more connection from there, or says why there may not be one. */
    synchronized Admission admit(InetAddress address) {
        if (total >= settings.maxConnections()) {
            return Admission.TOO_MANY;
        }
        if (!add(byAddress, network(address), settings.maxConnectionsPerAddress())) {
            return Admission.TOO_MANY_OF_ADDRESS;
        }
        total++;
        return Admission.ADMITTED;
    }

    synchronized void release(InetAddress address) {
        total--;
        subtract(byAddress, network(address));
    }

    synchronized boolean addName(String name) {
        return add(byName, name, settings.maxConnectionsPerName());
    }

    synchronized void subtractName(String name) {
        subtract(byName, name);
    }

    /** Counts one more connection that has messages without a reply, or one less. */
    void addBusy(int more) {
        busy.add(more);
    }

    int busy() {
        return busy.intValue();
    }

    synchronized int total() {
        return total;
    }

    private static boolean add(Map<String, Integer> counts, String key, int limit) {
        int count = counts.getOrDefault(key, 0);
        if (count >= limit) {
            return false;
        }
        counts.put(key, count + 1);
        return true;
    }

    private static void subtract(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }

    /** A whole IPv6 /64 is one address: whoever has one has all 2^64. */
    private static String network(InetAddress address) {
        return address instanceof Inet6Address
                ? Arrays.toString(Arrays.copyOf(address.getAddress(), 8))
                : address.getHostAddress();
    }

    enum Admission {
        ADMITTED,
        TOO_MANY,
        TOO_MANY_OF_ADDRESS
    }
}
