package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every Java sample of the README and the guides is a whole program: compiled as it stands there, and run. */
class DocumentedSamplesTest {
    private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("^(?:public )?(?:final )?class (\\w+)", Pattern.MULTILINE);
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    private Path directory;

    @Test
    void theReadmesExampleHasAtMost15LinesAndPaysOnceHoweverOftenItRuns() throws Exception {
        List<String> samples = samples("README.md");
        assertEquals(1, samples.size());
        String sample = samples.get(0);
        assertTrue(sample.lines().count() <= 15, sample);

        assertEquals("APPROVED\n", output(sample));
        assertEquals("APPROVED\n", output(sample));
        Cli balances = Cli.run("accounts", "--data", directory.resolve("ledger").toString());
        assertTrue(balances.out().contains("kedai,MYR,1250,0\n"), balances.out());
    }

    @Test
    void gettingStartedRuns() throws Exception {
        List<String> samples = samples("docs/getting-started.md");
        assertTrue(samples.size() >= 3, "samples: " + samples.size());
        for (String sample : samples) {
            String told = sample.substring(sample.lastIndexOf("// prints: ") + "// prints: ".length());
            assertEquals(told.lines().findFirst().orElseThrow() + "\n", output(sample), sample);
        }
    }

    private static List<String> samples(String page) throws IOException {
        String text = Files.readString(Path.of("..").resolve(page));
        return SAMPLE.matcher(text).results().map(found -> found.group(1)).toList();
    }

    /** What the sample prints, run by the JDK's source launcher in a directory of its own. */
    private String output(String sample) throws IOException, InterruptedException {
        Matcher named = CLASS.matcher(sample);
        assertTrue(named.find(), sample);
        Path source = Files.writeString(directory.resolve(named.group(1) + ".java"), sample);
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
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
