package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Principal;
import bayar.auth.Key;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether the load generator sees what goes wrong, and times what was meant to be sent. */
@Timeout(60)
class LoadTest {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private final Payments payments = payments();
    /** When the generator has looked at the clock so often, it has read all that had come before: some four times a round. */
    private static final int LOOKS = 8;

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private final Thread receiver = Thread.currentThread();
    /** Moves only when a script says so. */
    private final LongSupplier clock = this::look;

    static Payments payments() {
        Key key = Key.hs256("bench", Principal.named("bench").mayDebit("a-*"), new byte[32]);
        Payments payments = new Payments(Signer.of(KeySet.of(key), "bench"), Payments.Mix.uniform(10));
        payments.prepare(100);
        return payments;
    }

    @Test
    void goodAnswersAreCountedAndTimed() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Load.Figures figures = closed(3, 5, received -> {
            received.approve();
            pass(count.incrementAndGet() == 40 ? SHORT : Duration.ofNanos(1000));
        });

        assertEquals(Map.of(), figures.errors());
        assertTrue(figures.good() >= 40 - 3 * 5, "good: " + figures.good());
        assertTrue(figures.latency().getTotalCount() >= 40, "timed: " + figures.latency());
        assertTrue(figures.micros(100) >= 1);
    }

    @Test
    void anotherIdIsAnError() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Load.Figures figures = closed(1, 2, received -> {
            String id = received.id();
            received.reply(FakeServer.approved(id.substring(0, id.length() - 1) + "x"));
            if (count.incrementAndGet() == 2) {
                awaitRead();
                pass(SHORT.plus(PATIENCE));
            }
        });

        assertEquals(Map.of("a reply to nothing that was asked", 2L, "unanswered", 2L), figures.errors());
    }

    @Test
    void anIdOfAnotherRunIsAnError() throws Exception {
        Load.Figures figures = closed(1, 1, received -> {
            received.reply(FakeServer.approved("x" + received.id().substring(1)));
            awaitRead();
            pass(SHORT.plus(PATIENCE));
        });

        assertEquals(Map.of("a reply to nothing that was asked", 1L, "unanswered", 1L), figures.errors());
    }

    @Test
    void aSecondReplyIsAnError() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Load.Figures figures = closed(1, 1, received -> {
            if (count.getAndIncrement() == 0) {
                received.approve();
            } else {
                pass(SHORT);
            }
            received.approve();
        });

        assertEquals(Map.of("a reply to nothing that was asked", 1L), figures.errors());
    }

    @Test
    void aMissingReplyIsAnError() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Load.Figures figures = closed(1, 4, received -> {
            if (count.get() == 0) {
                pass(SHORT);
            }
            if (count.get() != 2) {
                received.approve();
            }
            if (count.incrementAndGet() == 4) {
                awaitRead();
                pass(PATIENCE);
            }
        });

        assertEquals(Map.of("unanswered", 1L), figures.errors());
    }

    @Test
    void aReplyOnAnotherConnectionIsAnError() throws Exception {
        List<FakeServer.Received> both = new ArrayList<>();
        Load.Figures figures = closed(2, 1, received -> {
            both.add(received);
            if (both.size() == 2) {
                pass(SHORT);
                new FakeServer.Received(both.get(0).message(), both.get(1).socket()).approve();
                new FakeServer.Received(both.get(1).message(), both.get(0).socket()).approve();
            }
        });

        assertEquals(Map.of("a reply on another connection", 2L), figures.errors());
    }

    @Test
    void aConnectionThatIsClosedIsAnErrorAndSoAreItsPayments() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Load.Figures figures = closed(1, 3, received -> {
            if (count.incrementAndGet() == 3) {
                received.socket().shutdownOutput();
            }
        });

        assertEquals(
                Map.of("connection lost: the server closed the connection", 1L, "unanswered", 3L), figures.errors());
    }

    @Test
    void anotherStatusIsAnErrorByItsReason() throws Exception {
        Load.Figures figures = closed(1, 1, received -> {
            pass(SHORT);
            received.reply(FakeServer.answer(received.id(), "declined", "insufficient_funds", false));
        });

        assertEquals(Map.of("declined/insufficient_funds", 1L), figures.errors());
        assertEquals(0, figures.good());
        assertEquals(0, figures.latency().getTotalCount());
    }

    @Test
    void aReplayIsAnError() throws Exception {
        Load.Figures figures = closed(1, 1, received -> {
            pass(SHORT);
            received.reply(FakeServer.answer(received.id(), "approved", "approved", true));
        });

        assertEquals(Map.of("replayed", 1L), figures.errors());
    }

    @Test
    void anEchoMustBeTheMessageItself() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FakeServer server = new FakeServer(received -> {
                    byte[] echo = received.message().clone();
                    if (count.incrementAndGet() == 2) {
                        echo[echo.length - 1]++;
                        pass(SHORT);
                    }
                    received.reply(echo);
                });
                Load load = Load.connect(server.address(), false, 1, Load.Replies.ECHO, PATIENCE, clock)) {
            payments.rewind(true);
            Load.Figures figures = load.closed(payments, 1, SHORT);

            assertEquals(Map.of("an echo that differs", 1L), figures.errors());
            assertEquals(1, figures.latency().getTotalCount());
        }
    }

    @Test
    void byTheClockAsManyAreSentAsWereMeantTo() throws Exception {
        List<Load.Figures> figures =
                open(List.of(new Load.Step(1000, SHORT), new Load.Step(2000, SHORT)), Set.of("busy"), received -> {
                    if (Integer.parseInt(received.id().substring(24)) % 2 == 0) {
                        received.approve();
                    } else {
                        received.reply(FakeServer.answer(received.id(), "busy", "overloaded", false));
                    }
                });

        for (int step = 0; step < 2; step++) {
            long half = 25L * (step + 1);
            assertEquals(half, figures.get(step).latency().getTotalCount());
            assertEquals(Map.of("busy/overloaded", half), figures.get(step).answers());
            assertEquals(Map.of(), figures.get(step).errors());
        }
    }

    @Test
    void whatIsDueTogetherIsSharedOutInRunsAndNothingTwice() throws Exception {
        // The clock stands still but for one leap of ten milliseconds when the first has come: ten are due together
        // then.
        List<List<Integer>> numbers = List.of(new ArrayList<>(), new ArrayList<>());
        List<Socket> sockets = new ArrayList<>();
        try (FakeServer server = new FakeServer(received -> {
                    if (!sockets.contains(received.socket())) {
                        sockets.add(received.socket());
                    }
                    int number = Integer.parseInt(received.id().substring(24));
                    numbers.get(sockets.indexOf(received.socket())).add(number);
                    received.approve();
                    nanos.set(Duration.ofMillis(10).toNanos());
                });
                Load load = Load.connect(server.address(), false, 2, Load.Replies.RECEIPT, PATIENCE, clock)) {
            List<Load.Step> steps = List.of(new Load.Step(1000, Duration.ofMillis(11)));
            Load.Figures figures = load.open(payments, 3, steps, Set.of()).get(0);

            assertEquals(Map.of(), figures.errors());
            assertEquals(11, figures.latency().getTotalCount());
        }
        // Ten for two connections are five each, although three would do for one turn.
        assertEquals(List.of(0, 6, 7, 8, 9, 10), numbers.get(0));
        assertEquals(List.of(1, 2, 3, 4, 5), numbers.get(1));
    }

    @Test
    void fewThatAreDueTogetherLeaveOnOneConnection() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (FakeServer server = new FakeServer(received -> {
                    sockets.add(received.socket());
                    received.approve();
                    nanos.set(Duration.ofMillis(4).toNanos());
                });
                Load load = Load.connect(server.address(), false, 8, Load.Replies.RECEIPT, PATIENCE, clock)) {
            List<Load.Step> steps = List.of(new Load.Step(1000, Duration.ofMillis(5)));
            assertEquals(
                    Map.of(), load.open(payments, 16, steps, Set.of()).get(0).errors());
        }
        assertEquals(5, sockets.size());
        assertEquals(1, Set.copyOf(sockets.subList(1, 5)).size());
    }

    @Test
    void eachStepIsToldOnceItIsOver() throws Exception {
        List<String> told = new ArrayList<>();
        List<FakeServer.Received> held = new ArrayList<>();
        // Each is answered a second after it was sent, and the step that it belongs to is still not told.
        try (FakeServer server = new FakeServer(received -> {
                    awaitRead();
                    held.add(received);
                    if (held.size() == 4) {
                        received.approve();
                    }
                    if (held.size() > 1) {
                        held.get(held.size() - 2).approve();
                    }
                    pass(Duration.ofSeconds(1));
                });
                Load load = Load.connect(server.address(), false, 1, Load.Replies.RECEIPT, PATIENCE, clock)) {
            List<Load.Step> steps = Collections.nCopies(4, new Load.Step(1, Duration.ofSeconds(1)));
            List<Load.Figures> figures = load.open(
                    payments,
                    1,
                    steps,
                    Set.of(),
                    (step, each) -> told.add(step + ": " + each.latency().getTotalCount()));
            assertEquals(4, figures.size());
        }
        // The last ones are over when the whole is.
        assertTrue(told.size() >= 2, told.toString());
        assertEquals(List.of("0: 1", "1: 1"), told.subList(0, 2));
    }

    @Test
    void aStallIsChargedToAllThatWereMeantToBeSentMeanwhile() throws Exception {
        // Answers nothing until the last one has come: the first was due 99 ms before, the next 98 ms, and so on.
        List<FakeServer.Received> held = new ArrayList<>();
        Load.Figures figures = open(List.of(new Load.Step(1000, Duration.ofMillis(100))), Set.of(), received -> {
                    held.add(received);
                    if (held.size() == 100) {
                        for (FakeServer.Received each : held) {
                            each.approve();
                        }
                    }
                })
                .get(0);

        assertEquals(Map.of(), figures.errors());
        assertEquals(100, figures.latency().getTotalCount());
        assertTrue(figures.latency().getCountBetweenValues(80_000_000, Long.MAX_VALUE) >= 19, "of 80 ms or more");
        assertTrue(figures.latency().getCountBetweenValues(50_000_000, Long.MAX_VALUE) >= 49, "of 50 ms or more");
    }

    @Test
    void aGeneratorThatIsHeldUpIsLateWithWhatItWasMeantToSend() throws Exception {
        // When the first message comes, the ten seconds of the run are over: all others are sent then. So few that
        // there is
        // room for them.
        long run = Duration.ofSeconds(10).toNanos();
        Load.Figures figures = open(List.of(new Load.Step(2, Duration.ofNanos(run))), Set.of(), received -> {
                    nanos.set(run);
                    received.approve();
                })
                .get(0);

        assertEquals(Map.of(), figures.errors());
        assertEquals(20, figures.latency().getTotalCount());
        long late = figures.latency().getCountBetweenValues(run / 2, Long.MAX_VALUE);
        assertTrue(late >= 8, "half of them were due in the first five seconds, but late were " + late);
    }

    @Test
    void theLineTellsPercentilesAndErrors() {
        Load.Figures figures = new Load.Figures(
                500_000_000L,
                100,
                new org.HdrHistogram.Histogram(1, 10_000_000_000L, 3),
                Map.of("busy/overloaded", 7L),
                Map.of("replayed", 2L));
        for (int i = 1; i <= 1000; i++) {
            figures.latency().recordValue(i * 1000L);
        }

        assertEquals(
                "200 payments/s, p50 500 us, p90 900 us, p99 990 us, p99.9 999 us, max 1,000 us, {busy/overloaded=7},"
                        + " errors {replayed=2}",
                Bench.line(figures));
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private long look() {
        if (Thread.currentThread() == receiver) {
            looks.incrementAndGet();
        }
        return nanos.get();
    }

    /** Until the generator, which looks at the clock in each of its rounds, has read all that was sent to it. */
    private void awaitRead() {
        int enough = looks.get() + LOOKS;
        while (looks.get() < enough) {
            LockSupport.parkNanos(100_000);
        }
    }

    /** In a time that moves when a script says so: it has to end the run by letting {@link #SHORT} pass. */
    private Load.Figures closed(int connections, int depth, FakeServer.Script script) throws IOException {
        try (FakeServer server = new FakeServer(script);
                Load load = Load.connect(server.address(), false, connections, Load.Replies.RECEIPT, PATIENCE, clock)) {
            return load.closed(payments, depth, SHORT);
        }
    }

    /** In real time, which a script may let leap. */
    private List<Load.Figures> open(List<Load.Step> steps, Set<String> expected, FakeServer.Script script)
            throws IOException, InterruptedException {
        LongSupplier leaping = () -> System.nanoTime() + nanos.get();
        try (FakeServer server = new FakeServer(script);
                Load load = Load.connect(
                        server.address(), false, 2, Load.Replies.RECEIPT, Duration.ofSeconds(30), leaping)) {
            return load.open(payments, 1, steps, expected);
        }
    }
}
