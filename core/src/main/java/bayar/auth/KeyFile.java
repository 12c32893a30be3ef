package bayar.auth;

import bayar.BayarException;
import bayar.codec.LogLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes keys and keeps them in a file, as a JWK Set that only its owner may read. */
public final class KeyFile {
    private static final int KEY_BYTES = 32;
    private static final Logger audit = LoggerFactory.getLogger("bayar.audit");

    /**
     * Makes a key and adds it to a file, which is made where it does not exist. What the file held stays as it was. The
     * file is replaced in one step: whoever reads it sees all of the old one or all of the new one. While this goes on a
     * draft lies beside the file, named like it with {@code .new} behind; a second process that adds to the same file
     * meanwhile is refused.
     *
     * @param debits the accounts it may debit: whole names, or beginnings that end in {@code *}
     * @param random where the key comes from
     * @return the key that was made
     * @throws BayarException if the file cannot be read, understood or written, or if it has a key with this {@code kid}
     */
    public static Key add(
            Path file, String kid, String principal, Algorithm algorithm, List<String> debits, SecureRandom random) {
        Path target = followed(file);
        Path draft = target.resolveSibling(target.getFileName() + ".new");
        String source = "key file " + file;
        try {
            Key added;
            try (FileChannel channel = FileChannel.open(
                    draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly(target))) {
                JwkSet set = Files.exists(target) ? JwkSet.parse(source, KeySet.bytes(target)) : JwkSet.empty(source);
                if (KeySet.of(source, set.keys()).find(kid) != null) {
                    throw new BayarException(
                            source + " has a key with the kid \"" + kid + "\" already; choose another kid");
                }
                set.add(entry(kid, principal, algorithm, debits, random));
                added = KeySet.of(source, set.keys()).find(kid);
                write(channel, set.toBytes());
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            audit.info(new LogLine(LogLine.Format.TEXT)
                    .add("action", "add_key")
                    .add("file", target)
                    .add("kid", kid)
                    .add("principal", principal)
                    .add("alg", algorithm.code())
                    .add("debit", String.join(",", debits))
                    .end());
            return Objects.requireNonNull(added);
        } catch (FileAlreadyExistsException e) {
            throw new BayarException(
                    "key file " + file + " is being changed by another process; if that has ended, delete " + draft, e);
        } catch (IOException e) {
            discard(draft, e);
            throw new BayarException("key file " + file + " cannot be written: " + why(e), e);
        } catch (BayarException e) {
            discard(draft, e);
            throw e;
        }
    }

    /** The file itself where this is a link, so that the link stays one. */
    private static Path followed(Path file) {
        try {
            return file.toRealPath();
        } catch (NoSuchFileException e) {
            return file.toAbsolutePath();
        } catch (IOException e) {
            throw new BayarException("key file " + file + " cannot be reached: " + why(e), e);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path file) {
        boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return isPosix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static ObjectNode entry(
            String kid, String principal, Algorithm algorithm, List<String> debits, SecureRandom random) {
        byte[] secret = new byte[KEY_BYTES];
        random.nextBytes(secret);
        ObjectNode entry = JwkSet.JSON.createObjectNode();
        entry.put("kty", algorithm.keyType());
        entry.put("kid", kid);
        entry.put("alg", algorithm.code());
        if (algorithm == Algorithm.HS256) {
            entry.put("k", text(secret));
        } else {
            entry.put("crv", "Ed25519");
            entry.put("x", text(Ed25519Material.ofPrivate(secret).publicKey()));
            entry.put("d", text(secret));
        }
        entry.put("principal", principal);
        ArrayNode debit = entry.putObject("grants").putArray("debit");
        debits.forEach(debit::add);
        return entry;
    }

    private static String text(byte[] bytes) {
        return new String(Base64Url.encode(bytes), StandardCharsets.US_ASCII);
    }

    private static void write(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
        channel.force(true);
    }

    private static void discard(Path draft, Exception reason) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static String why(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : null;
        return e.getClass().getSimpleName() + (reason == null ? "" : ", " + reason);
    }

    private KeyFile() {}
}
