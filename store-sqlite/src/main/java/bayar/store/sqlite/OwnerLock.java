package bayar.store.sqlite;

import bayar.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a ledger to one owner: a lock on the file {@value #NAME}, held as long as the ledger is open, given back by the
 * operating system when the process dies.
 *
 * <p>POSIX drops all locks of a process on a file as soon as the process closes any descriptor of that file. So within
 * one process a second attempt must not touch the file: {@link #OWNED} is asked first. Where that cannot help, because
 * the class was loaded twice, the descriptor of the refused attempt is kept open in {@link #NEVER_CLOSED}.
 */
final class OwnerLock implements AutoCloseable {
    static final String NAME = "ledger.lock";

    private static final Set<Path> OWNED = ConcurrentHashMap.newKeySet();
    private static final List<FileChannel> NEVER_CLOSED = new ArrayList<>();

    private final Path directory;
    private final FileChannel channel;

    private OwnerLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the lock or refuses at once.
     *
     * @param directory an existing directory, as its real path
     */
    static OwnerLock take(Path directory) throws IOException {
        if (!OWNED.add(directory)) {
            throw inUse(directory, "this process");
        }
        boolean taken = false;
        try {
            OwnerLock lock = new OwnerLock(directory, lockedChannel(directory));
            taken = true;
            return lock;
        } finally {
            if (!taken) {
                OWNED.remove(directory);
            }
        }
    }

    private static FileChannel lockedChannel(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            synchronized (NEVER_CLOSED) {
                NEVER_CLOSED.add(channel);
            }
            throw inUse(directory, "this process");
        } finally {
            if (!locked && !isKept(channel)) {
                channel.close();
            }
        }
        if (!locked) {
            throw inUse(directory, "another process");
        }
        return channel;
    }

    private static boolean isKept(FileChannel channel) {
        synchronized (NEVER_CLOSED) {
            return NEVER_CLOSED.contains(channel);
        }
    }

    private static StoreException inUse(Path directory, String holder) {
        return new StoreException("the ledger in " + directory + " is in use by another engine of " + holder
                + "; stop that one first, or choose another directory");
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            OWNED.remove(directory);
        }
    }
}
