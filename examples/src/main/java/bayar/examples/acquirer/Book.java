package bayar.examples.acquirer;

import bayar.BayarException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The acquirer's book: a file of JSON lines, one for each entry that came to be, forced to disk before it counts. The
 * last line of a key is what holds. What stands behind the last line feed was never answered, and is dropped when the
 * book is opened. One process at a time. Not thread-safe.
 */
final class Book implements Closeable {
    private final Path file;
    private final FileChannel channel;
    private final Map<String, Entry> byKey = new LinkedHashMap<>();
    private final Map<String, Entry> byReference = new HashMap<>();
    private final Map<String, List<String>> keysByOriginal = new HashMap<>();
    private boolean isBroken;

    private Book(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens the book in this file, or begins it.
     *
     * @throws BayarException if it cannot be read, is damaged, or is another process's
     */
    static Book open(Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            requireOwn(channel, file);
            Book book = new Book(file, channel);
            book.load();
            return book;
        } catch (IOException e) {
            closeAfter(channel, e);
            throw new BayarException("the book " + file + " cannot be opened: " + e, e);
        } catch (BayarException e) {
            closeAfter(channel, e);
            throw e;
        }
    }

    private static void requireOwn(FileChannel channel, Path file) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw new BayarException("the book " + file + " is open in this process already", e);
        }
        if (lock == null) {
            throw new BayarException("the book " + file + " is another acquirer's; end that, or name another file");
        }
    }

    private static void closeAfter(@Nullable FileChannel channel, Exception failure) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void load() throws IOException {
        // By this very channel: where a process closes another one to the file, POSIX takes its lock away.
        byte[] bytes = Channels.newInputStream(channel).readAllBytes();
        int start = 0;
        int line = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                line++;
                remember(entry(Arrays.copyOfRange(bytes, start, i), line));
                start = i + 1;
            }
        }
        channel.truncate(start);
        channel.position(start);
    }

    private Entry entry(byte[] json, int line) {
        try {
            return Json.read(json, Entry.class);
        } catch (JacksonException e) {
            throw new BayarException(
                    "line " + line + " of the book " + file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Writes down what became of a key; it is durable on return.
     *
     * @throws IOException if it is not; the book takes nothing more then, until it is opened again
     */
    void write(Entry entry) throws IOException {
        if (isBroken) {
            throw new IOException("the book " + file + " could not be written before; restart the acquirer");
        }
        isBroken = true;
        ByteBuffer line =
                ByteBuffer.wrap((Json.STRICT.writeValueAsString(entry) + '\n').getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
        channel.force(false);
        isBroken = false;
        remember(entry);
    }

    private void remember(Entry entry) {
        PaymentOrder order = entry.order();
        Entry before = byKey.put(entry.key(), entry);
        if (entry.reference() != null) {
            byReference.put(entry.reference(), entry);
        }
        if (before == null && order != null && order.original() != null) {
            Entry original = original(order.original());
            if (original != null) {
                keysByOriginal
                        .computeIfAbsent(original.key(), key -> new ArrayList<>())
                        .add(entry.key());
            }
        }
    }

    @Nullable
    Entry find(String key) {
        return byKey.get(key);
    }

    /** The entry of this reference, or of this key. */
    @Nullable
    Entry original(String referenceOrKey) {
        Entry entry = byReference.get(referenceOrKey);
        return entry == null ? byKey.get(referenceOrKey) : entry;
    }

    /** What acts on this one. */
    List<Entry> following(Entry original) {
        return keysByOriginal.getOrDefault(original.key(), List.of()).stream()
                .map(key -> byKey.get(key))
                .toList();
    }

    /** All, in the order in which their keys were first seen. */
    List<Entry> entries() {
        return List.copyOf(byKey.values());
    }

    /** How many keys were seen. */
    int size() {
        return byKey.size();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
