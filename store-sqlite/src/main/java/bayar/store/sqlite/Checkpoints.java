package bayar.store.sqlite;

import bayar.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the write-ahead log into the ledger's file, on a thread and a connection of its own, while the store goes on
 * writing: SQLite itself would do it within some commit, which then takes as long as a hundred others. What was written
 * meanwhile is little, and is copied by the store between two batches, so that the log begins anew.
 *
 * <p>When it fails nothing is lost, since all is in the log, and the log is copied anew by whoever opens the ledger next.
 * But the store is not used any more: a disk that is full or fails will not take the log for long either.
 */
final class Checkpoints implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    /** When the log has grown so many times as much since its copy began, the store waits: the disk does not keep up. */
    private static final int TOO_FAR = 3;

    private static final String CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)";

    private enum Stage {
        /** The log grows. */
        IDLE,
        /** It is being copied. */
        COPYING,
        /** What is left of it is for the store. */
        COPIED
    }

    private final LedgerFile file;
    private final PreparedStatement ours;
    private final PreparedStatement tell;
    private final Connection connection;
    private final long maxPages;
    private final Thread thread;
    private long pagesWanted;
    private long pagesBefore;

    private final Object lock = new Object();
    private Stage stage = Stage.IDLE;
    private boolean isEnding;
    private volatile @Nullable StoreException failure;

    /**
     * @param writing the connection of the store, which copies nothing by itself
     * @param copying another one, which is closed here
     * @param maxPages how much is in the log when it is copied, in pages
     */
    Checkpoints(LedgerFile file, Connection writing, Connection copying, long maxPages) throws SQLException {
        this.file = file;
        this.ours = writing.prepareStatement(CHECKPOINT);
        // Does nothing but tell.
        this.tell = writing.prepareStatement("PRAGMA wal_checkpoint(NOOP)");
        this.connection = copying;
        this.maxPages = maxPages;
        this.pagesWanted = maxPages;
        this.thread = new Thread(this::run, "bayar-checkpoint");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    // For the store, between two batches.

    /** How many pages are in the log. */
    long logPages() throws SQLException {
        try (ResultSet row = tell.executeQuery()) {
            return row.next() ? row.getLong(2) : 0;
        }
    }

    /** Has the log copied when it is time: when so many pages are in it. */
    void look(long pages) throws SQLException {
        if (pages < pagesBefore) {
            pagesWanted = maxPages;
        }
        pagesBefore = pages;
        if (pages < pagesWanted) {
            return;
        }
        synchronized (lock) {
            if (stage == Stage.IDLE) {
                stage = Stage.COPYING;
                lock.notifyAll();
            }
            while (stage == Stage.COPYING && pages >= pagesWanted + TOO_FAR * maxPages) {
                awaitChange();
            }
            if (stage != Stage.COPIED) {
                return;
            }
            stage = Stage.IDLE;
        }
        requireWorking();
        checkpoint(ours);
        // Where a reader needs it as it is, it goes on growing: copied again when it has grown as much again.
        pagesWanted = pages + maxPages;
    }

    /** @throws StoreException if the log could not be copied */
    void requireWorking() {
        StoreException failed = failure;
        if (failed != null) {
            throw new StoreException(String.valueOf(failed.getMessage()), failed);
        }
    }

    private void awaitChange() {
        try {
            lock.wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(file.path() + ": interrupted while the log is copied; open it anew", e);
        }
    }

    // On the thread.

    private void run() {
        try (PreparedStatement theirs = connection.prepareStatement(CHECKPOINT)) {
            while (awaitWork()) {
                checkpoint(theirs);
                copied(null);
            }
        } catch (SQLException e) {
            copied(file.failure("copying the log into the file", e));
        }
    }

    private boolean awaitWork() {
        synchronized (lock) {
            while (stage != Stage.COPYING && !isEnding) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    LOG.warn("the thread that copies {} was interrupted, and goes on", file.log());
                }
            }
            return !isEnding;
        }
    }

    private void copied(@Nullable StoreException why) {
        synchronized (lock) {
            failure = why;
            stage = Stage.COPIED;
            lock.notifyAll();
        }
    }

    /** Copies as much as no reader needs where it is. */
    private static void checkpoint(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
        }
    }

    /** Waits for a copy that goes on, and ends the thread. */
    @Override
    public void close() throws SQLException {
        synchronized (lock) {
            isEnding = true;
            lock.notifyAll();
        }
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        connection.close();
    }
}
