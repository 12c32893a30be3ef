package bayar.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogLineTest {
    private static final String NASTY = "a\nb=\"c\" \\ \u0000\u2028 d \u007f é 你";

    @Test
    void textIsPairsWithQuotesWhereTheyAreNeeded() {
        String line = new LogLine(LogLine.Format.TEXT)
                .add("id", "1001")
                .add("none", null)
                .add("because", "line 118, of \"23 Nov\"")
                .add("count", 3)
                .end();
        assertEquals("id=1001 because=\"line 118, of \\\"23 Nov\\\"\" count=3", line);
    }

    @Test
    void whateverAValueHoldsTheLineStaysOneLine() {
        String line = new LogLine(LogLine.Format.TEXT).add("note", NASTY).end();
        assertEquals(1, line.lines().count());
        assertFalse(line.contains("\u2028"));
        assertEquals(1, line.split("=\"", 2).length - 1);
    }

    /** By a parser written by others. */
    @Test
    void jsonIsReadBackAsItWas() {
        String line = new LogLine(LogLine.Format.JSON)
                .add("note", NASTY)
                .add("count", 3)
                .add("replayed", true)
                .end();
        JsonNode read = JsonMapper.builder().build().readTree(line);
        assertEquals(NASTY, read.get("note").asString());
        assertEquals(3, read.get("count").asInt());
        assertEquals(true, read.get("replayed").asBoolean());
        assertEquals(1, line.lines().count());
    }

    @Test
    void aLineThatWasEndedBeginsAnew() {
        LogLine line = new LogLine(LogLine.Format.JSON);
        line.add("a", 1).end();
        assertEquals("{\"b\":2}", line.add("b", 2).end());
        assertEquals("{}", line.end());
    }
}
