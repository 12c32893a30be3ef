package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DemoTest {
    @Test
    void everyStepComesOutAsToldAndWhatItLeavesBehindCanBeUsed() throws IOException {
        Cli demo = Cli.run("demo");

        assertEquals(0, demo.exitCode(), demo.err());
        for (String told : List.of("replayed", "signature_invalid", "insufficient_funds", "same receipt as before")) {
            assertTrue(demo.out().contains(told), demo.out());
        }
        Matcher data = Pattern.compile("accounts --data (\\S+)").matcher(demo.out());
        assertTrue(data.find(), demo.out());
        Path ledger = Path.of(data.group(1));
        try {
            assertTrue(Cli.run("accounts", "--data", ledger.toString()).out().contains("kedai,MYR,2000,0\n"));
            assertEquals(0, Cli.run("verify", "--data", ledger.toString()).exitCode());
        } finally {
            TemporaryFiles.delete(ledger.getParent());
        }
    }
}
