package bayar.examples;

import bayar.BayarException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Commands of this program that serve, each in a process of its own, in a temporary directory. All of them end, and the
 * directory goes, when this is closed or the JVM is told to stop. Thread-safe.
 */
final class ChildProcesses implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private boolean isClosed;

    private ChildProcesses(Path directory) {
        this.directory = directory;
    }

    /** None so far. */
    static ChildProcesses in(Path directory) {
        ChildProcesses children = new ChildProcesses(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(children::close, "bayar-children"));
        return children;
    }

    /**
     * A command that is ready.
     *
     * @param listening what it has said about where it listens
     * @param log its standard error
     */
    record Child(Process process, List<String> listening, Path log) {
        /** The address that it listens on with this scheme. */
        String url(String scheme) {
            return listening.stream()
                    .map(line -> line.split(" ", -1)[1])
                    .filter(url -> url.startsWith(scheme + "://"))
                    .findFirst()
                    .orElseThrow(() -> new BayarException("it does not listen for " + scheme + ": " + listening));
        }

        /** Ends it at once, as {@code kill -9} does, and waits until it is gone. */
        void kill() throws InterruptedException {
            if (!process.destroyForcibly().waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new BayarException("process " + process.pid() + " does not end");
            }
        }
    }

    /**
     * Starts a command, and waits until it says that it is ready.
     *
     * @throws BayarException if it ends instead, or takes too long
     */
    Child start(String command, String... options) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, command + "-", ".log");
        Process process = launch(log, command, options);
        CompletableFuture<List<String>> listening = CompletableFuture.supplyAsync(() -> untilReady(process));
        try {
            return new Child(process, listening.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), log);
        } catch (ExecutionException | TimeoutException e) {
            throw new BayarException(command + " did not get ready: " + Files.readString(log), e);
        }
    }

    private synchronized Process launch(Path log, String command, String... options) throws IOException {
        if (isClosed) {
            throw new BayarException("the demo is being stopped");
        }
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // As the launcher has it: a short life wants a quick start.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                command));
        line.addAll(List.of(options));
        Process process = new ProcessBuilder(line).redirectError(log.toFile()).start();
        processes.add(process);
        return process;
    }

    private static List<String> untilReady(Process process) {
        List<String> listening = new ArrayList<>();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        try {
            for (String line = out.readLine(); !"ready".equals(line); line = out.readLine()) {
                if (line == null) {
                    throw new BayarException("it has ended");
                }
                listening.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return listening;
    }

    /** Ends what still runs, waits for it, and deletes the directory. May be called again. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        processes.forEach(Process::destroyForcibly);
        try {
            CompletableFuture.allOf(processes.stream().map(Process::onExit).toArray(CompletableFuture[]::new))
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            TemporaryFiles.delete(directory);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BayarException("interrupted; " + directory + " is left behind", e);
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new BayarException(directory + " is left behind: " + e, e);
        }
    }
}
