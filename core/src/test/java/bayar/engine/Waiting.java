package bayar.engine;

import java.util.concurrent.CountDownLatch;

/** Waits in host code of a test: in verifiers, extensions and callbacks, which declare no exceptions. */
final class Waiting {
    static void forLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Waiting() {}
}
