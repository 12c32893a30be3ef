package bayar.examples;

import bayar.BayarException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * How the operator reaches a running server: the file that it keeps while it runs, for its owner's eyes only.
 *
 * @param url where it listens: {@code http://host:port}
 * @param token what proves to it that the operator asks; another one each time it starts
 */
record OperatorFile(URI url, String token) {
    private static final int TOKEN_BYTES = 32;
    private static final String NAME = "operator.json";

    /** Where it is for the ledger in {@code data}. */
    static Path in(Path data) {
        return data.resolve(NAME);
    }

    static String newToken() {
        byte[] token = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(token);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /** What is in {@code file}, or null when there is none. */
    static @Nullable OperatorFile read(Path file) {
        try {
            OperatorFile read = Json.read(Files.readAllBytes(file), OperatorFile.class);
            if (read.url == null || read.token == null) {
                throw new BayarException(file + " does not name url and token; the running server's own file does");
            }
            return read;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new BayarException("cannot read " + file + ": " + e + "; ask as the user who runs the server", e);
        } catch (JacksonException e) {
            throw new BayarException(file + " is not what a server has written: " + e.getOriginalMessage(), e);
        }
    }

    /** Writes {@code file}, whole or not at all. */
    void write(Path file) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(unfinished);
            Files.createFile(unfinished, OwnerOnly.attributes(file));
            Files.write(unfinished, Json.MAPPER.writeValueAsBytes(this));
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BayarException("cannot write " + file + ": " + e, e);
        }
    }

    /** Takes {@code file} away, unless another server has written it meanwhile. */
    void remove(Path file) throws IOException {
        OperatorFile there = read(file);
        if (equals(there)) {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public String toString() {
        return "OperatorFile[" + url + "]";
    }
}
