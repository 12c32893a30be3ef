package bayar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds what docs/architecture.md says of the packages. */
class StructureTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?(bayar(?:\\.[a-z]+)*)\\.[A-Z]");
    private static final Pattern FROM_OUTSIDE = Pattern.compile(
            "Instant\\.now\\(|System\\.nanoTime\\(|System\\.currentTimeMillis\\(|UUID\\.randomUUID\\(|new Thread\\(");

    /** What each package may import, besides itself. */
    private static final Map<String, Set<String>> MAY_IMPORT = Map.of(
            "bayar", Set.of(),
            "bayar.codec", Set.of("bayar"),
            "bayar.auth", Set.of("bayar", "bayar.codec"),
            "bayar.ledger", Set.of("bayar"),
            "bayar.store", Set.of("bayar", "bayar.ledger"),
            "bayar.transport", Set.of("bayar"),
            "bayar.client", Set.of("bayar", "bayar.codec", "bayar.auth", "bayar.transport"),
            "bayar.engine",
                    Set.of("bayar", "bayar.codec", "bayar.auth", "bayar.ledger", "bayar.store", "bayar.transport"));

    @Test
    void packagesImportOnlyDownwards() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path file : sources()) {
            String own = packageOf(file);
            for (MatchResult found :
                    IMPORT.matcher(Files.readString(file)).results().toList()) {
                String imported = found.group(1);
                if (!imported.equals(own) && !MAY_IMPORT.get(own).contains(imported)) {
                    wrong.add(file + " imports " + imported);
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void clocksThreadsAndRandomnessComeFromOutside() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path file : sources()) {
            FROM_OUTSIDE
                    .matcher(Files.readString(file))
                    .results()
                    .forEach(found -> wrong.add(file + ": " + found.group()));
        }
        assertEquals(List.of(), wrong);
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("module-info.java"))
                    .toList();
            assertTrue(sources.size() > 50, "sources: " + sources.size());
            return sources;
        }
    }

    private static String packageOf(Path file) {
        return SOURCES.relativize(file.getParent()).toString().replace('/', '.').replace('\\', '.');
    }
}
