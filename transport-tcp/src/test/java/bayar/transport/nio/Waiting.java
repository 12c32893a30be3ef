package bayar.transport.nio;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Bounded waits for what other threads and the operating system do, and counts of what they hold. */
public final class Waiting {
    private Waiting() {}

    public static void until(String what, BooleanSupplier condition) {
        long beganNanos = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - beganNanos > TimeUnit.SECONDS.toNanos(30)) {
                fail("not in thirty seconds: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** How many sockets, selectors and wake-up descriptors this process has open. */
    public static int descriptors() {
        int count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : open) {
                String target = linkOf(each);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:")) {
                    count++;
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return count;
    }

    private static String linkOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException goneMeanwhile) {
            return "";
        }
    }
}
