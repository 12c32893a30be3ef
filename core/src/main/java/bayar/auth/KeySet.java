package bayar.auth;

import bayar.BayarException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are known, by their {@code kid}. Immutable.
 *
 * <p>In a file it is a JWK Set (RFC 7517). Each key has {@code kid}, {@code alg} ({@code HS256}, {@code Ed25519} or its
 * older name {@code EdDSA}) and {@code kty}; for {@code oct} the secret {@code k}, for {@code OKP} the {@code crv}
 * {@code Ed25519}, {@code x} and, where it is to sign, {@code d}; and our own members {@code principal}, {@code grants}
 * such as <code>{"debit":["alice","acct-*"]}</code>, and {@code revoked}. Stricter than the RFC, a member of a key that
 * neither it nor we know is refused: a misspelt {@code revoked} must not leave a key in force.
 */
public final class KeySet {
    private final Map<String, Key> keys;

    private KeySet(Map<String, Key> keys) {
        this.keys = Collections.unmodifiableMap(keys);
    }

    /**
     * The keys of a file.
     *
     * @throws BayarException if it cannot be read or something in it is wrong; names the file, the key and the cure,
     *     and never a secret
     */
    public static KeySet load(Path file) {
        String source = "key file " + file;
        return of(source, JwkSet.parse(source, bytes(file)).keys());
    }

    /**
     * The keys of a JWK Set in UTF-8.
     *
     * @throws BayarException if something in it is wrong; names the key and the cure, and never a secret
     */
    public static KeySet parse(byte[] jwkSet) {
        String source = "key set";
        return of(source, JwkSet.parse(source, jwkSet).keys());
    }

    /** @throws BayarException if two of these keys have the same id */
    public static KeySet of(Key... keys) {
        return of("key set", List.of(keys));
    }

    static KeySet of(String source, List<Key> keys) {
        Map<String, Key> byId = new LinkedHashMap<>();
        for (Key key : keys) {
            if (byId.put(key.id(), key) != null) {
                throw new BayarException(
                        source + ": two keys have the kid \"" + key.id() + "\"; give each a kid of its own");
            }
        }
        return new KeySet(byId);
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BayarException("key file " + file + " does not exist; name one that does, or make it", e);
        } catch (AccessDeniedException e) {
            throw new BayarException("key file " + file + " may not be read by this user; change its permissions", e);
        } catch (IOException e) {
            throw new BayarException("key file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The key with this {@code kid}, or null when there is none. */
    public @Nullable Key find(String id) {
        return keys.get(id);
    }

    /** All keys, in the order in which they were given. */
    public Collection<Key> keys() {
        return keys.values();
    }

    @Override
    public String toString() {
        return keys.values().toString();
    }
}
