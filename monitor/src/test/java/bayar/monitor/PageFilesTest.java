package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is in the page's files, and what is not. */
class PageFilesTest {
    private static final Pattern MAKES_MARKUP = Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function|setAttribute\\(\"style\"");
    private static final Pattern ELSEWHERE =
            Pattern.compile("(?:https?:)?//(?!www\\.w3\\.org/2000/svg)[a-z0-9.-]+\\.[a-z]");
    private static final Pattern INLINE =
            Pattern.compile("<script(?![^>]* src=)|<style|\\sstyle=|\\son[a-z]+=|javascript:");

    private final PageFiles files = new PageFiles();

    @Test
    void whatComesFromOthersIsOnlyEverText() {
        List<String> own = files.paths().stream()
                .filter(path -> path.endsWith(".js") && !path.contains("uPlot"))
                .toList();
        assertEquals(5, own.size());
        own.forEach(path -> assertTrue(!MAKES_MARKUP.matcher(text(path)).find(), path));
    }

    @Test
    void nothingIsInlineAndNothingIsFetchedFromElsewhere() {
        assertTrue(!INLINE.matcher(text("/")).find());
        files.paths().stream()
                .filter(path -> !path.contains("uPlot"))
                .forEach(path -> assertTrue(!ELSEWHERE.matcher(text(path)).find(), path));
    }

    @Test
    void theChartLibraryComesWithItsLicence() throws IOException {
        try (var licence = PageFiles.class.getResourceAsStream("page/uPlot.LICENSE.txt")) {
            assertNotNull(licence);
            assertTrue(new String(licence.readAllBytes(), StandardCharsets.UTF_8).contains("Leon Sorokin"));
        }
    }

    private String text(String path) {
        return new String(files.at(path).body(), StandardCharsets.UTF_8);
    }
}
