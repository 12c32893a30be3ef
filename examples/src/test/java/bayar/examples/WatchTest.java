package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The server's monitor as a table in the terminal. */
class WatchTest {
    @TempDir
    private Path directory;

    private static JsonNode glance(long timeMillis, long approved, long declined) {
        String json =
                """
                {"timeMillis":%d,"startMillis":0,"uptimeSeconds":3725,"refusing":null,
                 "byStatus":{"busy":0,"approved":%d,"declined":%d},
                 "byReason":{"insufficient_funds":%d,"approved":%d},
                 "statusOf":{"insufficient_funds":"declined","approved":"approved"},
                 "byOperation":{},"byTransport":{},
                 "latencyMicros":{"count":5,"p50":812.4,"p90":1200,"p99":14400,"p999":24400,"max":1500000},
                 "stageMicros":{"decode":9.5,"commit":1260},
                 "queue":{"depth":1,"capacity":16384},
                 "batch":{"count":3,"mean":1.25,"max":9,"commitMicrosP50":770,"commitMicrosP99":6950},
                 "pending":2,"inDoubt":{"count":3,"oldestSeconds":95},"holds":17,
                 "connections":{"tcp":{"open":12,"accepted":99,"refused":1,"slow":2,"broken":0,
                                       "bytesIn":%d,"bytesOut":5}},
                 "store":{"writable":true,"fileBytes":4000000,"walBytes":65900000,"writtenBytes":%d,
                          "usableBytes":-1,"payments":45222},
                 "memory":{"heapUsed":24700000,"heapMax":6300000000,"nonHeap":1},
                 "gc":{"count":14,"millis":140},"threads":30,"events":{"dropped":0,"failed":0}}
                """.formatted(timeMillis, approved, declined, declined, approved, timeMillis * 50, timeMillis * 5_000);
        return Json.MAPPER.readTree(json);
    }

    @Test
    void aTableTellsRatesFromTwoGlancesAndAllElseFromTheLast() {
        List<String> lines =
                new WatchTable(glance(12_000, 1_507, 128), glance(10_000, 493, 72), ZoneId.of("UTC")).lines();
        assertEquals("""
                00:00:12  up 1 h 2 min  takes requests

                answers      535/s  approved 507/s, declined 28/s
                latency      p50 812 us, p90 1.2 ms, p99 14.4 ms, p99.9 24.4 ms, max 1.5 s
                stages       decode 10 us, commit 1.3 ms
                queue        1  of 16,384, batches of 1.3, at most 9, commit p50 770 us, p99 7.0 ms
                in doubt     3  the oldest for 1 min 35 s, 2 pending, 17 holds
                store        45,222 records, 4.0 MB and 65.9 MB of log, 5.0 MB/s written
                process      heap 24.7 MB of 6.3 GB, 14 collections in 140 ms, 30 threads
                tcp          12  open, 50.0 kB/s in, 0 B/s out, 1 refused, 2 closed as slow

                REASON                   STATUS     PER SECOND          TOTAL
                insufficient_funds       declined           28            128
                approved                 approved          507          1,507
                """, String.join("\n", lines) + "\n");
    }

    @Test
    void theFirstTableHasNoRates() {
        List<String> lines = new WatchTable(glance(12_000, 1, 1), null, ZoneId.of("UTC")).lines();
        assertTrue(lines.get(2).startsWith("answers      -/s  approved -/s"), lines.get(2));
    }

    @Test
    void aServerIsWatchedForSoManyTables() throws Exception {
        String keys = directory.resolve("keys.json").toString();
        assertEquals(
                0,
                Cli.run("keys", "new", "--file", keys, "--kid", "k", "--principal", "p")
                        .exitCode());
        try (ServerProcess server =
                ServerProcess.start(directory, Map.of(), "--tcp", "0", "--memory", "--keys", keys, "--monitor", "0")) {
            String url = server.url("http");
            Cli watched = Cli.run("watch", "--url", url, "--count", "2");
            assertEquals(0, watched.exitCode(), watched.err());
            List<String> begun = watched.out()
                    .lines()
                    .filter(line -> line.startsWith("bayar 127.0.0.1:"))
                    .toList();
            assertEquals(2, begun.size(), watched.out());
            assertTrue(watched.out().contains("nothing was answered yet"), watched.out());
            assertTrue(
                    server.listening().stream().anyMatch(line -> line.matches("token \\S{43} settles payments there")),
                    "where there is no operator's file the token is told");
        }
    }

    @Test
    void whereNobodyAnswersThatIsSaid() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Cli watched = Cli.run("watch", "--url", "http://127.0.0.1:" + port);
        assertEquals(3, watched.exitCode());
        assertTrue(watched.err().contains("start the server with --monitor PORT"), watched.err());
        assertEquals(
                2,
                Cli.run("serve", "--memory", "--allow-unsigned", "--monitor-host", "::1")
                        .exitCode());
        assertEquals(2, Cli.run("watch", "--url", "ws://127.0.0.1:1").exitCode());
        assertEquals(2, Cli.run("watch", "--every", "0").exitCode());
        assertEquals(2, Cli.run("watch", "--count", "0").exitCode());
    }
}
