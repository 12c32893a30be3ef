package bayar.benchmarks;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** What is left on this process's heap by its garbage collections: the least of late is about what is live. */
final class HeapFloor {
    private static final Set<String> HEAP_POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(pool -> pool.getName())
            .collect(Collectors.toSet());

    private static long latestBytes;
    private static long leastBytes = Long.MAX_VALUE;

    /** Looks at every collection from now on. */
    static void watch() {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(
                        (notification, any) -> collected(
                                GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData())
                                        .getGcInfo()
                                        .getMemoryUsageAfterGc()),
                        notification -> notification
                                .getType()
                                .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION),
                        null);
            }
        }
    }

    private static synchronized void collected(Map<String, MemoryUsage> after) {
        latestBytes = after.entrySet().stream()
                .filter(pool -> HEAP_POOLS.contains(pool.getKey()))
                .mapToLong(pool -> pool.getValue().getUsed())
                .sum();
        leastBytes = Math.min(leastBytes, latestBytes);
    }

    /** The least since this was asked last; without a collection since then, that of the last one. */
    static synchronized long leastBytes() {
        long least = leastBytes == Long.MAX_VALUE ? latestBytes : leastBytes;
        leastBytes = Long.MAX_VALUE;
        return least;
    }

    private HeapFloor() {}
}
