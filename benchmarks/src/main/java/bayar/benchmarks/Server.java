package bayar.benchmarks;

import bayar.BayarException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Contender} in a process of its own, so that what it costs can be told from what the generator costs. It ends
 * with this process, however that ends: it waits for orders on its standard input.
 */
final class Server implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ANSWER = "bench: ";

    /** What a server's process can be asked for, each a number. */
    private enum Order {
        HEAP {
            @Override
            long answer() {
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                return runtime.totalMemory() - runtime.freeMemory();
            }
        },
        LEAST_HEAP {
            @Override
            long answer() {
                return HeapFloor.leastBytes();
            }
        },
        ALLOCATED {
            @Override
            long answer() {
                long total = 0;
                if (ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads) {
                    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
                        total += Math.max(0, bytes);
                    }
                }
                return total;
            }
        },
        THREADS {
            @Override
            long answer() {
                return ManagementFactory.getThreadMXBean().getThreadCount();
            }
        };

        abstract long answer();
    }

    private final Process process;
    private final BufferedReader answers;
    private final PrintStream orders;
    private final InetSocketAddress address;

    private Server(Process process) throws IOException {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), (int) answer());
    }

    /**
     * Starts a server, and waits until it listens.
     *
     * @param jvmOptions such as {@code -Xmx1g}
     * @throws BayarException if it does not start; it has said why on standard error
     */
    static Server start(Contender contender, Contender.Setup setup, List<String> jvmOptions) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                Server.class.getName(),
                contender.name(),
                Boolean.toString(setup.isWebSocket()),
                setup.keys().toString(),
                Integer.toString(setup.accounts()),
                setup.directory().toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            return new Server(process);
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    InetSocketAddress address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    /** The processor time that it has used. */
    Duration cpu() {
        return cpu(process.toHandle());
    }

    static Duration cpu(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The memory of the process in bytes; 0 where the operating system does not tell. */
    long residentBytes() {
        return status("VmRSS:") * 1024;
    }

    private long status(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** What is live on its heap, in bytes: it collects its garbage for that. */
    long heapBytes() throws IOException {
        return ask(Order.HEAP);
    }

    /** How many bytes its threads have allocated. */
    long allocatedBytes() throws IOException {
        return ask(Order.ALLOCATED);
    }

    /**
     * The least that was on its heap after a garbage collection since this was asked last, in bytes; without one, what was
     * there after the last. It collects nothing for that, so nobody waits.
     */
    long leastHeapBytes() throws IOException {
        return ask(Order.LEAST_HEAP);
    }

    /** How many threads of Java it has; the JVM's own are not among them. */
    long threads() throws IOException {
        return ask(Order.THREADS);
    }

    /** How many threads its process has, those of the JVM too; 0 where the operating system does not tell. */
    long processThreads() {
        return status("Threads:");
    }

    private synchronized long ask(Order what) throws IOException {
        orders.println(what);
        return answer();
    }

    /** The next answer, past what the JVM says on the same output: it does when it logs or records. */
    private long answer() throws IOException {
        String line = answers.readLine();
        while (line != null && !line.startsWith(ANSWER)) {
            line = answers.readLine();
        }
        if (line == null) {
            throw new BayarException("the server to measure has ended; see above");
        }
        return Long.parseLong(line.substring(ANSWER.length()));
    }

    /** Ends it as it should end, or else by force. */
    @Override
    public void close() {
        orders.close();
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The server's process: opens a contender, prints its port, and answers orders until there are no more. */
    public static void main(String[] args) throws Exception {
        Contender contender = Contender.valueOf(args[0]);
        Contender.Setup setup = new Contender.Setup(
                Boolean.parseBoolean(args[1]), Path.of(args[2]), Integer.parseInt(args[3]), Path.of(args[4]));
        HeapFloor.watch();
        Contender.Running running = contender.open(setup);
        System.out.println(ANSWER + running.port());
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println(ANSWER + Order.valueOf(order).answer());
        }
        running.server().close();
        System.exit(0);
    }
}
