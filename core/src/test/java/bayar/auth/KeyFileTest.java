package bayar.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.BayarException;
import bayar.Principal;
import bayar.codec.InputLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyFileTest {
    private static final List<String> DEBITS = List.of("alice", "acct-*");

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void aKeyThatWasMadeSignsAndVerifies(Algorithm algorithm) throws IOException {
        Path file = directory.resolve("keys.json");
        Key made = KeyFile.add(file, "k1", "shop", algorithm, DEBITS, new SecureRandom());
        assertEquals(new Principal("shop", DEBITS), made.principal());
        KeySet keys = KeySet.load(file);
        byte[] message = Signer.of(keys, "k1").sign(new byte[] {1, 2, 3});
        Authenticator.Envelope envelope = assertInstanceOf(
                Authenticator.Envelope.class, new Authenticator(keys, InputLimits.DEFAULT).open(message));
        assertInstanceOf(Authenticator.Authenticated.class, envelope.verify());
        assertOnlyTheKeyFileIsThere();
    }

    @Test
    void onlyItsOwnerMayReadIt() throws IOException {
        assumeTrue(directory.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path file = directory.resolve("keys.json");
        add(file, "k1");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        add(file, "k2");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void keysAreAddedToWhatIsThere() {
        Path file = directory.resolve("keys.json");
        add(file, "k1");
        add(file, "k2");
        KeyFile.add(file, "k3", "bank", Algorithm.ED25519, List.of(), new SecureRandom());
        assertEquals(
                "[key k1 of shop (HS256), key k2 of shop (HS256), key k3 of bank (Ed25519)]",
                KeySet.load(file).toString());
    }

    @Test
    void aKidThatIsTakenChangesNothing() throws IOException {
        Path file = directory.resolve("keys.json");
        add(file, "k1");
        String before = Files.readString(file);
        BayarException e = assertThrows(BayarException.class, () -> add(file, "k1"));
        assertTrue(e.getMessage().contains("has a key with the kid \"k1\" already"), e.getMessage());
        assertEquals(before, Files.readString(file));
        assertOnlyTheKeyFileIsThere();
    }

    @Test
    void aFileThatIsNotAKeySetIsLeftAlone() throws IOException {
        Path file = directory.resolve("keys.json");
        Files.writeString(file, "my diary");
        assertThrows(BayarException.class, () -> add(file, "k1"));
        assertEquals("my diary", Files.readString(file));
        assertOnlyTheKeyFileIsThere();
    }

    @Test
    void badNamesAreRefusedBeforeAnythingIsWritten() {
        Path file = directory.resolve("keys.json");
        assertThrows(BayarException.class, () -> add(file, "k 1"));
        assertThrows(
                BayarException.class,
                () -> KeyFile.add(file, "k1", "a b", Algorithm.HS256, DEBITS, new SecureRandom()));
        assertThrows(
                BayarException.class,
                () -> KeyFile.add(file, "k1", "shop", Algorithm.HS256, List.of("a*b"), new SecureRandom()));
        assertFalse(Files.exists(file));
    }

    @Test
    void aDirectoryThatIsMissingIsSaidSo() {
        Path file = directory.resolve("none").resolve("keys.json");
        BayarException e = assertThrows(BayarException.class, () -> add(file, "k1"));
        assertTrue(e.getMessage().startsWith("key file " + file + " cannot be written"), e.getMessage());
    }

    @Test
    void aSecondWriterIsRefusedAndToldWhatToDo() throws IOException {
        Path file = directory.resolve("keys.json");
        Path draft = Files.createFile(directory.resolve("keys.json.new"));
        BayarException e = assertThrows(BayarException.class, () -> add(file, "k1"));
        assertTrue(e.getMessage().contains("delete " + draft.toRealPath()), e.getMessage());
        assertTrue(Files.exists(draft));
    }

    @Test
    void aLinkStaysALink() throws IOException {
        Path file = directory.resolve("keys.json");
        add(file, "k1");
        Path link = Files.createSymbolicLink(directory.resolve("link.json"), file);
        add(link, "k2");
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(2, KeySet.load(file).keys().size());
    }

    private static void add(Path file, String kid) {
        KeyFile.add(file, kid, "shop", Algorithm.HS256, DEBITS, new SecureRandom());
    }

    private void assertOnlyTheKeyFileIsThere() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(directory.resolve("keys.json")), files.toList());
        }
    }
}
