package bayar.store.sqlite;

import bayar.StoreStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/** What a store shows of itself. Written by the thread that commits, read by any. */
final class Gauges {
    /** Of each page in the log, beside the page. */
    private static final int FRAME_HEADER_BYTES = 24;

    private final Path file;
    private final Path log;
    private final long frameBytes;
    private long holds;
    private long unresolved;
    private long logPagesBefore;
    private volatile Counts counts;

    private record Counts(long payments, long holds, long unresolved, long writtenBytes) {}

    Gauges(Connection connection, LedgerFile ledger, long payments, long logPages) throws SQLException {
        this.file = ledger.path();
        this.log = ledger.log();
        this.holds = LedgerFile.number(connection, "SELECT count(*) FROM open_authorization");
        this.unresolved = LedgerFile.number(connection, "SELECT count(*) FROM unresolved");
        this.frameBytes = LedgerFile.number(connection, "PRAGMA page_size") + FRAME_HEADER_BYTES;
        this.logPagesBefore = logPages;
        this.counts = new Counts(payments, holds, unresolved, 0);
    }

    void holds(long more) {
        holds += more;
    }

    void unresolved(long more) {
        unresolved += more;
    }

    /**
     * A batch is durable: the log has grown, or was begun anew.
     *
     * @param logPages how many pages are in it
     */
    void committed(long lastSequence, long logPages) {
        long pages = logPages >= logPagesBefore ? logPages - logPagesBefore : logPages;
        logPagesBefore = logPages;
        counts = new Counts(lastSequence, holds, unresolved, counts.writtenBytes() + pages * frameBytes);
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
