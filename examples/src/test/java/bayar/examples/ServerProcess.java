package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command that serves, in a process of its own, with its standard error in a file. */
public record ServerProcess(Process process, List<String> listening, Path errFile) implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    /** Starts it and waits until it is ready. */
    static ServerProcess start(Path directory, Map<String, String> environment, String... options) throws IOException {
        return launch(directory, environment, List.of(), "serve", options).whenReady();
    }

    /** Starts a card acquirer and waits until it is ready. */
    public static ServerProcess startAcquirer(Path directory, String... options) throws IOException {
        return launch(directory, Map.of(), List.of(), "acquirer", options).whenReady();
    }

    /** Starts it where no file may grow beyond this many times 512 bytes, and waits until it is ready. */
    static ServerProcess startWithFilesUpTo(int blocks, Path directory, String... options) throws IOException {
        List<String> shell = List.of("/bin/sh", "-c", "ulimit -f " + blocks + " && exec \"$@\"", "sh");
        return launch(directory, Map.of(), shell, "serve", options).whenReady();
    }

    /** Starts it and does not wait. */
    static ServerProcess launch(Path directory, String... options) throws IOException {
        return launch(directory, Map.of(), List.of(), "serve", options);
    }

    private static ServerProcess launch(
            Path directory, Map<String, String> environment, List<String> before, String name, String... options)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                name));
        command.addAll(List.of(options));
        Path errFile = Files.createTempFile(directory, name, ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errFile.toFile());
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start(), new ArrayList<>(), errFile);
    }

    private ServerProcess whenReady() throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); !"ready".equals(line); line = out.readLine()) {
            if (line == null) {
                throw new AssertionError("the server ended: " + err());
            }
            listening.add(line);
        }
        return this;
    }

    /** The address that it listens on with this scheme. */
    public String url(String scheme) {
        return listening.stream()
                .map(line -> line.split(" ")[1])
                .filter(url -> url.startsWith(scheme + "://"))
                .findFirst()
                .orElseThrow();
    }

    /** Sends SIGTERM, unless it has ended by itself, and waits for its end. */
    public int stop() throws InterruptedException {
        process.destroy();
        return exitCode();
    }

    int exitCode() throws InterruptedException {
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the server does not end");
        return process.exitValue();
    }

    public String err() throws IOException {
        return Files.readString(errFile);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
