package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages point at is there: files, and the tests that are named as proof. */
class DocumentationLinksTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\[([^\\]]*)\\]\\(([^)#]+)(?:#[^)]*)?\\)");
    private static final Pattern NAMED_TEST = Pattern.compile("`(\\w+)\\.(\\w+)`");

    @Test
    void everyLinkLeadsSomewhereAndEveryTestThatIsNamedExists() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path page : pages()) {
            for (MatchResult link :
                    LINK.matcher(Files.readString(page)).results().toList()) {
                String target = link.group(2);
                if (target.contains("://") || target.startsWith("mailto:")) {
                    continue;
                }
                links++;
                Path file = page.getParent().resolve(target).normalize();
                if (!Files.exists(file)) {
                    broken.add(page + ": " + target);
                    continue;
                }
                for (MatchResult named :
                        NAMED_TEST.matcher(link.group(1)).results().toList()) {
                    if (target.endsWith(".java") && !Files.readString(file).contains(" " + named.group(2) + "(")) {
                        broken.add(page + ": no test " + named.group());
                    }
                }
            }
        }
        assertEquals(List.of(), broken);
        assertTrue(links > 20, "links: " + links);
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .toList();
        }
    }
}
