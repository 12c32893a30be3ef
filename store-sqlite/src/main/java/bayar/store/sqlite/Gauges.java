package bayar.store.sqlite;

import bayar.StoreStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a store shows of itself. Written by the thread that commits, read by any. */
final class Gauges {
    private static final Logger LOG = LoggerFactory.getLogger(Gauges.class);

    /** Of each page in the log, beside the page. */
    private static final int FRAME_HEADER_BYTES = 24;

    private final Path file;
    private final Path log;
    private final PreparedStatement logFrames;
    private final long frameBytes;
    private long holds;
    private long unresolved;
    private long framesBefore;
    private boolean isMeasured = true;
    private volatile Counts counts;

    private record Counts(long payments, long holds, long unresolved, long writtenBytes) {}

    Gauges(Connection connection, Path file, long payments) throws SQLException {
        this.file = file;
        this.log = Path.of(file + "-wal");
        this.holds = LedgerFile.number(connection, "SELECT count(*) FROM open_authorization");
        this.unresolved = LedgerFile.number(connection, "SELECT count(*) FROM unresolved");
        this.frameBytes = LedgerFile.number(connection, "PRAGMA page_size") + FRAME_HEADER_BYTES;
        // Does nothing but tell how many frames the log has.
        this.logFrames = connection.prepareStatement("PRAGMA wal_checkpoint(NOOP)");
        this.framesBefore = frames();
        this.counts = new Counts(payments, holds, unresolved, 0);
    }

    private long frames() throws SQLException {
        try (ResultSet row = logFrames.executeQuery()) {
            return row.next() ? row.getLong(2) : 0;
        }
    }

    void holds(long more) {
        holds += more;
    }

    void unresolved(long more) {
        unresolved += more;
    }

    /** A batch is durable: the log has grown, or was begun anew. */
    void committed(long lastSequence) {
        counts = new Counts(lastSequence, holds, unresolved, counts.writtenBytes() + framesWritten() * frameBytes);
    }

    /** What is durable is so whether or not this can be told. */
    private long framesWritten() {
        if (!isMeasured) {
            return 0;
        }
        try {
            long before = framesBefore;
            framesBefore = frames();
            return framesBefore >= before ? framesBefore - before : framesBefore;
        } catch (SQLException e) {
            isMeasured = false;
            LOG.warn("{} does not tell how much is written any more; payments go on", file, e);
            return 0;
        }
    }

    StoreStatus status(String description, boolean isWritable) {
        Counts now = counts;
        return new StoreStatus(
                description,
                isWritable,
                now.payments(),
                now.holds(),
                now.unresolved(),
                size(file),
                size(log),
                now.writtenBytes(),
                usableBytes());
    }

    /** 0 for a file that is not there. */
    private static long size(Path path) {
        return path.toFile().length();
    }

    private long usableBytes() {
        try {
            return Files.getFileStore(file).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
