package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every Java sample of the README and of the guides is a whole source file, compiled as it stands there. One with a main
 * method is run too, and prints what the last line of the sample says behind {@value #PRINTS}.
 */
class DocumentedSamplesTest {
    private static final String PRINTS = "// prints: ";
    private static final Path ROOT = Path.of("..");
    private static final Pattern SAMPLE = Pattern.compile("```java\r?\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS =
            Pattern.compile("^(?:public |final |sealed )*(?:class|interface|record|enum) (\\w+)", Pattern.MULTILINE);
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    private Path directory;

    @Test
    void theReadmesExampleHasAtMost15LinesAndPaysOnceHoweverOftenItRuns() throws Exception {
        List<String> samples = samples(ROOT.resolve("README.md"));
        assertEquals(1, samples.size());
        String sample = samples.get(0);
        assertTrue(sample.lines().count() <= 15, sample);

        assertEquals("APPROVED\n", run("java", sample));
        assertEquals("APPROVED\n", run("java", sample));
        Cli balances = Cli.run("accounts", "--data", directory.resolve("ledger").toString());
        assertTrue(balances.out().contains("kedai,MYR,1250,0\n"), balances.out());
    }

    static Stream<Arguments> samplesOfTheGuides() throws IOException {
        List<Arguments> all = new ArrayList<>();
        try (Stream<Path> pages = Files.walk(ROOT.resolve("docs"))) {
            for (Path page : pages.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                int number = 0;
                for (String sample : samples(page)) {
                    all.add(Arguments.of(page.getFileName() + " " + ++number, sample));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("samplesOfTheGuides")
    void aSampleCompilesAndPrintsWhatItSays(String where, String sample) throws Exception {
        if (sample.contains("static void main(")) {
            int told = sample.lastIndexOf(PRINTS);
            assertTrue(told > 0, "what does it print? " + sample);
            assertEquals(
                    sample.substring(told + PRINTS.length()).lines().findFirst().orElseThrow() + "\n",
                    run("java", sample));
        } else {
            run("javac", sample);
        }
    }

    private static List<String> samples(Path page) throws IOException {
        return SAMPLE.matcher(Files.readString(page))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    /** What the JDK's {@code tool} prints for this source file, in a directory of its own: java compiles and runs it. */
    private String run(String tool, String sample) throws IOException, InterruptedException {
        Matcher named = CLASS.matcher(sample);
        assertTrue(named.find(), sample);
        Path source = Files.writeString(directory.resolve(named.group(1) + ".java"), sample);
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", tool).toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString())
                .directory(directory.toFile())
                .redirectError(err.toFile())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it does not end: " + sample);
        assertEquals(0, process.exitValue(), Files.readString(err));
        return out.replace("\r\n", "\n");
    }
}
