package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter told = new StringWriter();
    private final AtomicLong nanos = new AtomicLong();

    private Progress progress(boolean isTerminal) {
        return new Progress(new PrintWriter(told), "records checked", isTerminal, nanos::get);
    }

    private void after(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void onATerminalOneLineIsWrittenOverEachSecondAndTakenAwayAtTheEnd() {
        try (Progress progress = progress(true)) {
            progress.at(500);
            after(Duration.ofSeconds(2));
            progress.at(3_000);
            progress.at(3_500);
            after(Duration.ofSeconds(1));
            progress.at(6_000);
        }
        assertEquals(
                "\r\u001b[K3,000 records checked, 1,500/s\r\u001b[K6,000 records checked, 2,000/s\r\u001b[K",
                told.toString());
    }

    @Test
    void elsewhereALineIsWrittenEveryTenSeconds() {
        try (Progress progress = progress(false)) {
            after(Duration.ofSeconds(9));
            progress.at(1);
            after(Duration.ofSeconds(1));
            progress.at(20_000);
            after(Duration.ofSeconds(1));
            for (int i = 0; i < 5_000; i++) {
                progress.step();
            }
        }
        assertEquals("20,000 records checked, 2,000/s" + System.lineSeparator(), told.toString());
    }

    @Test
    void whatIsDoneSoonTellsNothing() {
        try (Progress progress = progress(true)) {
            for (int i = 0; i < 10_000; i++) {
                progress.step();
            }
        }
        assertEquals("", told.toString());
    }
}
