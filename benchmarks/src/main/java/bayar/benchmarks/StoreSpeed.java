package bayar.benchmarks;

import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.store.sqlite.SqliteStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Measures the SQLite store alone, beside {@linkplain OwnFormat what a format of our own would be}, and beside a bare file
 * that takes the same payments with one write and one force for each batch: the least that durable can cost. All in turn,
 * each the same payments, over accounts of which few are much used.
 */
final class StoreSpeed {
    /** Batches of this size, so many payments of them in one measurement. */
    private record Size(int batch, int payments) {}

    /** The stores as they are to be seen while they grow: medians of all rounds. */
    private record Stage(long stored, double[] perSecond, Opening sqlite, Opening own) {}

    /** What a store of that many payments takes to open, in milliseconds, and for each in bytes. */
    private record Opening(double reopenMillis, double heapBytesEach, double fileBytesEach) {}

    /** What is measured, in the order of the columns. */
    private static final List<String> NAMES = List.of("SQLite store", "own format", "bare file");

    /** In the place of a store that is closed, so that its memory is free before it is opened again. */
    private static final PaymentStore CLOSED = new MemoryStore();

    private static final int USUAL_BATCH = 512;
    private static final int GROWING_BATCH = 2048;
    private static final int NO_LONGER_THAN_FORCES = 2000;

    private final Settings settings;
    private final PrintWriter out;

    StoreSpeed(Settings settings, PrintWriter out) {
        this.settings = settings;
        this.out = out;
    }

    /** Batches of several sizes. */
    void batches(Path directory) throws IOException {
        List<String> csv = new ArrayList<>(List.of("batch,round,sqlite_per_second,own_per_second,file_per_second"));
        List<Chart.Line> lines = emptyLines();
        out.printf("%nThe store alone, %,d accounts%n", settings.accounts);
        out.printf(
                "%8s %12s %12s %12s  %-22s %s%n",
                "batch", "sqlite/s", "own/s", "bare file/s", "sqlite : own", "sqlite : bare file");
        try (Trio trio = new Trio(directory)) {
            trio.round(USUAL_BATCH, settings.isQuick ? 2_000 : 300_000);
            for (Size size : sizes()) {
                double[][] figures = new double[NAMES.size()][settings.pairs];
                for (int round = 0; round < settings.pairs; round++) {
                    double[] each = trio.round(size.batch, size.payments);
                    csv.add(String.format(
                            Locale.ROOT, "%d,%d,%.0f,%.0f,%.0f", size.batch, round + 1, each[0], each[1], each[2]));
                    for (int i = 0; i < each.length; i++) {
                        figures[i][round] = each[i];
                    }
                }
                tell(size.batch, figures, lines);
            }
        }
        if (settings.write != null) {
            String title = "The store alone: payments per second";
            Report.writeFiles(
                    settings.write,
                    "store",
                    csv,
                    Chart.lines(
                            title,
                            "payments in a batch",
                            "payments/s",
                            Chart.Scale.LOGARITHMIC,
                            Chart.Scale.LOGARITHMIC,
                            lines));
        }
    }

    private static List<Chart.Line> emptyLines() {
        return NAMES.stream()
                .map(name -> new Chart.Line(name, new ArrayList<>()))
                .toList();
    }

    private List<Size> sizes() {
        int many = settings.isQuick ? 4_000 : 200_000;
        return Stream.of(1, 16, 128, 512, 2048)
                .map(batch ->
                        new Size(batch, Math.min(many, batch * NO_LONGER_THAN_FORCES / (settings.isQuick ? 20 : 1))))
                .toList();
    }

    private void tell(int batch, double[][] figures, List<Chart.Line> lines) {
        String toOwn = ratios(figures[0], figures[1]);
        String toBare = ratios(figures[0], figures[2]);
        for (int i = 0; i < figures.length; i++) {
            lines.get(i).points().add(new Chart.Point(batch, median(figures[i])));
        }
        out.printf(
                Locale.ROOT,
                "%8d %,12.0f %,12.0f %,12.0f  %-22s %s%n",
                batch,
                median(figures[0]),
                median(figures[1]),
                median(figures[2]),
                toOwn,
                toBare);
        out.flush();
    }

    private static String ratios(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours[i] / theirs[i];
        }
        Arrays.sort(ratios);
        return String.format(
                Locale.ROOT, "%.2f (%.2f..%.2f)", Report.median(ratios), ratios[0], ratios[ratios.length - 1]);
    }

    private static double median(double[] values) {
        return Report.median(Arrays.stream(values).sorted().toArray());
    }

    /** How the stores do while they grow to so many payments. */
    void growth(Path directory, int payments) throws IOException {
        List<Stage> stages = new ArrayList<>();
        out.printf("%nThe store as it grows, batches of %d, and what it takes to open it again%n", USUAL_BATCH);
        out.printf(
                "%12s %10s %10s %12s | %9s %9s %9s | %9s %9s %9s%n",
                "", "", "", "", "sqlite", "heap B", "file B", "own", "heap B", "file B");
        out.printf(
                "%12s %10s %10s %12s | %9s %9s %9s | %9s %9s %9s%n",
                "stored", "sqlite/s", "own/s", "bare file/s", "open ms", "each", "each", "open ms", "each", "each");
        try (Trio trio = new Trio(directory)) {
            int step = Math.max(USUAL_BATCH, payments / 10);
            while (trio.stored() < payments) {
                int some = Math.max(USUAL_BATCH, step / (2 * settings.pairs));
                trio.grow(Math.max(1, step - some * settings.pairs));
                double[][] figures = new double[NAMES.size()][settings.pairs];
                for (int round = 0; round < settings.pairs; round++) {
                    double[] each = trio.round(USUAL_BATCH, some);
                    for (int i = 0; i < each.length; i++) {
                        figures[i][round] = each[i];
                    }
                }
                Stage stage = new Stage(
                        trio.stored(),
                        Arrays.stream(figures).mapToDouble(StoreSpeed::median).toArray(),
                        trio.reopenSqlite(),
                        trio.reopenOwn());
                stages.add(stage);
                out.printf(
                        Locale.ROOT,
                        "%,12d %,10.0f %,10.0f %,12.0f | %,9.0f %9.1f %9.1f | %,9.0f %9.1f %9.1f%n",
                        stage.stored,
                        stage.perSecond[0],
                        stage.perSecond[1],
                        stage.perSecond[2],
                        stage.sqlite.reopenMillis,
                        stage.sqlite.heapBytesEach,
                        stage.sqlite.fileBytesEach,
                        stage.own.reopenMillis,
                        stage.own.heapBytesEach,
                        stage.own.fileBytesEach);
                out.flush();
            }
        }
        if (settings.write != null) {
            writeGrowth(settings.write, stages);
        }
    }

    private static void writeGrowth(Path directory, List<Stage> stages) throws IOException {
        List<String> csv = new ArrayList<>(List.of("stored,sqlite_per_second,own_per_second,file_per_second,"
                + "sqlite_open_ms,sqlite_heap_bytes_each,sqlite_file_bytes_each,"
                + "own_open_ms,own_heap_bytes_each,own_file_bytes_each"));
        List<Chart.Line> speed = emptyLines();
        List<Chart.Line> opening = emptyLines().subList(0, 2);
        for (Stage stage : stages) {
            csv.add(String.format(
                    Locale.ROOT,
                    "%d,%.0f,%.0f,%.0f,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f",
                    stage.stored,
                    stage.perSecond[0],
                    stage.perSecond[1],
                    stage.perSecond[2],
                    stage.sqlite.reopenMillis,
                    stage.sqlite.heapBytesEach,
                    stage.sqlite.fileBytesEach,
                    stage.own.reopenMillis,
                    stage.own.heapBytesEach,
                    stage.own.fileBytesEach));
            for (int i = 0; i < NAMES.size(); i++) {
                speed.get(i).points().add(new Chart.Point(stage.stored, stage.perSecond[i]));
            }
            opening.get(0).points().add(new Chart.Point(stage.stored, stage.sqlite.reopenMillis));
            opening.get(1).points().add(new Chart.Point(stage.stored, stage.own.reopenMillis));
        }
        String x = "payments stored";
        Report.writeFiles(
                directory,
                "store-growth",
                csv,
                Chart.lines(
                        "The store as it grows: payments per second",
                        x,
                        "payments/s",
                        Chart.Scale.LINEAR,
                        Chart.Scale.LINEAR,
                        speed));
        Report.writeFiles(
                directory,
                "store-opening",
                csv,
                Chart.lines(
                        "The store as it grows: milliseconds to open it",
                        x,
                        "ms",
                        Chart.Scale.LINEAR,
                        Chart.Scale.LINEAR,
                        opening));
    }

    /** How long one force of the disk takes behind a write of so many bytes. */
    static Histogram forces(Path directory, int bytes, int times) throws IOException {
        Histogram latency = new Histogram(100, 60_000_000_000L, 3);
        Path path = directory.resolve("forced");
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < times; i++) {
                long start = System.nanoTime();
                file.write(buffer.clear());
                file.force(false);
                latency.recordValue(System.nanoTime() - start);
            }
        }
        Files.delete(path);
        return latency;
    }

    /** The two stores and the bare file, each with its own source of the same payments. */
    private final class Trio implements AutoCloseable {
        private final Path sqliteDirectory;
        private final Path ownDirectory;
        private final Path bare;
        private final Commits forSqlite = new Commits(settings.accounts);
        private final Commits forOwn = new Commits(settings.accounts);
        private final Commits forBare = new Commits(settings.accounts);
        private PaymentStore sqlite;
        private PaymentStore own;

        Trio(Path directory) throws IOException {
            sqliteDirectory = Files.createDirectory(directory.resolve("sqlite"));
            ownDirectory = Files.createDirectory(directory.resolve("own"));
            bare = directory.resolve("bare");
            sqlite = SqliteStore.open(sqliteDirectory);
            own = OwnFormat.open(ownDirectory);
            sqlite.commit(forSqlite.opening());
            own.commit(forOwn.opening());
        }

        long stored() {
            return forSqlite.sequence();
        }

        /** Each once: payments per second, in the order of the columns. */
        double[] round(int size, int payments) throws IOException {
            return new double[] {
                measure(sqlite, forSqlite, size, payments),
                measure(own, forOwn, size, payments),
                bareFile(size, payments)
            };
        }

        void grow(int payments) {
            measure(sqlite, forSqlite, GROWING_BATCH, payments);
            measure(own, forOwn, GROWING_BATCH, payments);
        }

        private double measure(PaymentStore store, Commits commits, int size, int payments) {
            long nanos = 0;
            for (int done = 0; done < payments; done += size) {
                Changes changes = commits.next(size);
                long start = System.nanoTime();
                store.commit(changes);
                nanos += System.nanoTime() - start;
            }
            return perSecond(size, payments, nanos);
        }

        private double bareFile(int size, int payments) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            long nanos = 0;
            try (FileChannel file = FileChannel.open(bare, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                for (int done = 0; done < payments; done += size) {
                    Changes changes = forBare.next(size);
                    long start = System.nanoTime();
                    buffer.clear();
                    for (PaymentRecord record : changes.records()) {
                        buffer.putLong(record.sequence());
                        buffer.putLong(record.timeMillis());
                        buffer.put(record.request().id().getBytes(StandardCharsets.ISO_8859_1));
                        buffer.putInt(record.principal().hashCode());
                        buffer.putInt(Objects.hashCode(record.request().payer()));
                        buffer.putInt(Objects.hashCode(record.request().payee()));
                        buffer.putLong(
                                record.amount() == null ? 0 : record.amount().minor());
                    }
                    file.write(buffer.flip());
                    file.force(false);
                    nanos += System.nanoTime() - start;
                }
            }
            Files.delete(bare);
            return perSecond(size, payments, nanos);
        }

        Opening reopenSqlite() throws IOException {
            sqlite.close();
            sqlite = CLOSED;
            long before = heapBytes();
            long start = System.nanoTime();
            sqlite = SqliteStore.open(sqliteDirectory);
            return opened(start, before, sqliteDirectory);
        }

        Opening reopenOwn() throws IOException {
            own.close();
            own = CLOSED;
            long before = heapBytes();
            long start = System.nanoTime();
            own = OwnFormat.open(ownDirectory);
            return opened(start, before, ownDirectory);
        }

        private Opening opened(long startNanos, long heapBefore, Path directory) throws IOException {
            double millis = (System.nanoTime() - startNanos) / 1e6;
            double each = stored();
            return new Opening(millis, (heapBytes() - heapBefore) / each, Report.fileBytes(directory) / each);
        }

        @Override
        public void close() {
            sqlite.close();
            own.close();
        }
    }

    private static double perSecond(int size, int payments, long nanos) {
        return (payments + size - 1) / size * size * 1e9 / nanos;
    }

    private static long heapBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
