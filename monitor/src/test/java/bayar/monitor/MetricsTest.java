package bayar.monitor;

import bayar.store.MemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MetricsTest {
    @Test
    void show() {
        Monitor monitor = Monitor.builder().build();
        try (Shop shop = new Shop(new MemoryStore(), monitor)) {
            shop.trade();
            System.out.println(monitor.metrics().prometheus().scrape());
            System.out.println(monitor.health());
        }
    }
}
