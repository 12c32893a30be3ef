package bayar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MessageReferenceTest {
    @Test
    void listsEveryReasonInOrderOfPrecedence() throws IOException {
        List<String> documented = Files.readAllLines(Path.of("../docs/messages.md")).stream()
                .dropWhile(line -> !line.startsWith("<!-- reasons"))
                .skip(3)
                .filter(line -> line.startsWith("|"))
                .toList();
        List<String> real = Stream.of(Reason.values())
                .map(r -> "| `" + r.code() + "` | " + r.status().code() + " | "
                        + r.retry().code() + " | " + r.iso8583() + " | " + r.iso20022() + " | " + r.sentence() + " |")
                .toList();
        assertEquals(String.join("\n", real), String.join("\n", documented));
    }

    @Test
    void everyReasonHasItsNeighbours() {
        for (Reason reason : Reason.values()) {
            assertTrue(reason.iso8583().matches("[0-9]{2}"), reason + " in ISO 8583");
            assertTrue(reason.iso20022().matches("[A-Z0-9]{4}"), reason + " in ISO 20022");
        }
    }
}
