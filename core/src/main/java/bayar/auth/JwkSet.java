package bayar.auth;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Principal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The text of a JWK Set: read strictly into keys, and with keys added. What it says of a fault never holds a secret. */
final class JwkSet {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int SHOWN_CHARS = 32;
    private static final Set<String> MEMBERS = Set.of(
            "kty",
            "use",
            "key_ops",
            "alg",
            "kid",
            "x5u",
            "x5c",
            "x5t",
            "x5t#S256",
            "ext",
            "k",
            "crv",
            "x",
            "d",
            "principal",
            "grants",
            "revoked");

    private final String source;
    private final ObjectNode root;
    private final ArrayNode entries;

    private JwkSet(String source, ObjectNode root, ArrayNode entries) {
        this.source = source;
        this.root = root;
        this.entries = entries;
    }

    static JwkSet empty(String source) {
        ObjectNode root = JSON.createObjectNode();
        return new JwkSet(source, root, root.putArray("keys"));
    }

    static JwkSet parse(String source, byte[] bytes) {
        JsonNode root;
        try {
            root = JSON.readTree(utf8(source, bytes));
        } catch (JacksonException e) {
            // Neither the message nor the cause: both may repeat a part of a secret.
            TokenStreamLocation at = e.getLocation();
            String where = at == null ? "" : ", line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw new BayarException(source + " is not JSON with every name given once" + where);
        }
        if (root instanceof ObjectNode object && object.get("keys") instanceof ArrayNode entries) {
            return new JwkSet(source, object, entries);
        }
        throw new BayarException(source + " is not a JWK Set; it must look like {\"keys\":[…]}");
    }

    private static String utf8(String source, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BayarException(source + " is not UTF-8; save it as UTF-8 without a byte order mark", e);
        }
    }

    List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        for (JsonNode entry : entries) {
            keys.add(key(keys.size() + 1, entry));
        }
        return keys;
    }

    void add(ObjectNode entry) {
        entries.add(entry);
    }

    byte[] toBytes() {
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Key key(int number, JsonNode node) {
        String nameless = source + ": key number " + number;
        if (!(node instanceof ObjectNode entry)) {
            throw new BayarException(nameless + " is not an object");
        }
        String kid = text(nameless, entry, "kid");
        if (!AccountId.isValid(kid)) {
            throw new BayarException(nameless + ": its kid must be 1 to 64 characters of A-Z a-z 0-9 . _ : -");
        }
        String where = source + ": key \"" + kid + "\"";
        refuseUnknownMembers(where, entry);
        refuseOtherUse(where, entry);
        Algorithm algorithm = algorithm(where, entry);
        String principalName = text(where, entry, "principal");
        List<String> debits = debits(where, entry);
        boolean isRevoked = isRevoked(where, entry);
        byte[] shared = algorithm == Algorithm.HS256 ? bytes(where, entry, "k") : null;
        byte[] publicKey = shared == null ? bytes(where, entry, "x") : null;
        byte[] seed = shared == null && entry.has("d") ? bytes(where, entry, "d") : null;
        Key key;
        try {
            Principal principal = new Principal(principalName, debits);
            key = shared != null
                    ? Key.hs256(kid, principal, shared)
                    : ed25519(kid, principal, Objects.requireNonNull(publicKey), seed);
        } catch (BayarException e) {
            throw new BayarException(where + ": " + e.getMessage(), e);
        }
        return isRevoked ? key.asRevoked() : key;
    }

    private static Key ed25519(String kid, Principal principal, byte[] publicKey, byte @Nullable [] seed) {
        Key verifying = Key.ed25519(kid, principal, publicKey);
        if (seed == null) {
            return verifying;
        }
        Key signing = Key.ed25519Private(kid, principal, seed);
        if (!Arrays.equals(publicKey, Ed25519Material.ofPrivate(seed).publicKey())) {
            throw new BayarException("\"x\" is not the public key of \"d\"; they were mixed up");
        }
        return signing;
    }

    private static void refuseUnknownMembers(String where, ObjectNode entry) {
        for (String member : entry.propertyNames()) {
            if (!MEMBERS.contains(member)) {
                throw new BayarException(where + " has a member that is not known here, \"" + shown(member)
                        + "\"; correct its spelling or take it out");
            }
        }
    }

    private static void refuseOtherUse(String where, ObjectNode entry) {
        if (entry.has("use") && !text(where, entry, "use").equals("sig")) {
            throw new BayarException(where + " is not for signatures: its use must be \"sig\"");
        }
        if (entry.has("key_ops")) {
            List<String> operations = texts(where, "key_ops", entry.get("key_ops"));
            if (!operations.contains("verify") && !operations.contains("sign")) {
                throw new BayarException(
                        where + " is not for signatures: its key_ops must hold \"verify\" or \"sign\"");
            }
        }
    }

    private static Algorithm algorithm(String where, ObjectNode entry) {
        String code = text(where, entry, "alg");
        Algorithm algorithm = Algorithm.ofCode(code);
        if (algorithm == null) {
            throw new BayarException(where + ": alg \"" + shown(code) + "\" is not known; use HS256 or Ed25519");
        }
        String keyType = text(where, entry, "kty");
        if (!keyType.equals(algorithm.keyType())) {
            throw new BayarException(where + ": kty \"" + shown(keyType) + "\" does not go with alg " + code
                    + ", which needs \"" + algorithm.keyType() + "\"");
        }
        if (algorithm == Algorithm.ED25519 && !text(where, entry, "crv").equals("Ed25519")) {
            throw new BayarException(where + ": its crv must be \"Ed25519\"");
        }
        return algorithm;
    }

    private static List<String> debits(String where, ObjectNode entry) {
        JsonNode grants = entry.get("grants");
        if (grants == null) {
            return List.of();
        }
        if (!(grants instanceof ObjectNode object)) {
            throw new BayarException(where + ": grants must look like {\"debit\":[\"alice\",\"acct-*\"]}");
        }
        for (String member : object.propertyNames()) {
            if (!member.equals("debit")) {
                throw new BayarException(where + ": there is no grant \"" + shown(member) + "\"; there is \"debit\"");
            }
        }
        JsonNode debit = object.get("debit");
        return debit == null ? List.of() : texts(where, "grants.debit", debit);
    }

    private static boolean isRevoked(String where, ObjectNode entry) {
        JsonNode revoked = entry.get("revoked");
        if (revoked != null && !revoked.isBoolean()) {
            throw new BayarException(where + ": revoked must be true or false");
        }
        return revoked != null && revoked.booleanValue();
    }

    private static byte[] bytes(String where, ObjectNode entry, String member) {
        byte[] chars = text(where, entry, member).getBytes(StandardCharsets.UTF_8);
        byte[] bytes = Base64Url.decode(chars, 0, chars.length);
        if (bytes == null) {
            throw new BayarException(where + ": \"" + member + "\" is not base64url without padding;"
                    + " its alphabet is A-Z a-z 0-9 - _, with no = at the end");
        }
        return bytes;
    }

    private static String text(String where, ObjectNode entry, String member) {
        JsonNode value = entry.get(member);
        if (value == null) {
            throw new BayarException(where + " has no \"" + member + "\"; add it");
        }
        if (!value.isString()) {
            throw new BayarException(where + ": \"" + member + "\" must be a string");
        }
        return value.stringValue();
    }

    private static List<String> texts(String where, String member, JsonNode values) {
        List<String> texts = new ArrayList<>();
        boolean isArray = values.isArray();
        for (JsonNode value : values) {
            isArray &= value.isString();
            texts.add(value.isString() ? value.stringValue() : "");
        }
        if (!isArray) {
            throw new BayarException(where + ": " + member + " must be an array of strings");
        }
        return texts;
    }

    /** A word from the file that is no secret, for a message: short, and on one line. */
    private static String shown(String word) {
        String start = word.length() <= SHOWN_CHARS ? word : word.substring(0, SHOWN_CHARS) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
