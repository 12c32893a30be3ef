package bayar.transport.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** W10: npm's {@code ws}. Skipped where Node, or what {@code npm install} in examples/clients/node fetches, is missing. */
class NodeClientTest {
    private static final Path MODULES =
            Path.of("../examples/clients/node/node_modules").toAbsolutePath();

    @TempDir
    Path folder;

    @Test
    void w10_npmWs() throws Exception {
        assumeTrue(Files.isDirectory(MODULES.resolve("ws")), "npm install was not run in examples/clients/node");
        Path seen = folder.resolve("seen.txt");
        try (WebSocketTransport transport = WebSocketTransport.on(0)) {
            transport.start(new Echo());
            ProcessBuilder node = new ProcessBuilder(
                            "node",
                            "src/test/resources/ws-client.cjs",
                            "ws://127.0.0.1:" + transport.address().getPort())
                    .redirectErrorStream(true)
                    .redirectOutput(seen.toFile());
            node.environment().put("NODE_PATH", MODULES.toString());
            assertTrue(finishes(node), "still running after 60 s");
        }
        assertEquals("""
                extensions: none
                text: Grüße false
                binary: 00ff80 true
                pong: between
                fragments: in three fragments
                large: true
                pipelined: 5000
                closed: 3001
                too large: 1009 a message has at most 65536 bytes
                foreign page: Unexpected server response: 403
                own page: open
                """, Files.readString(seen, UTF_8));
    }

    private static boolean finishes(ProcessBuilder command) throws InterruptedException {
        Process process;
        try {
            process = command.start();
        } catch (IOException notInstalled) {
            assumeTrue(false, "node is not installed here");
            return false;
        }
        boolean isFinished = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        return isFinished;
    }
}
