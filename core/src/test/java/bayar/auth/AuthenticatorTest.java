package bayar.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Principal;
import bayar.Reason;
import bayar.Refusal;
import bayar.codec.InputLimits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticatorTest {
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SEED = "fedcba9876543210fedcba9876543210".getBytes(StandardCharsets.US_ASCII);
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice", "acct-*");
    private static final Principal BANK = Principal.named("bank");
    private static final Key HMAC = Key.hs256("h1", SHOP, SECRET);
    private static final Key EDWARDS = Key.ed25519Private("e1", BANK, SEED);
    private static final byte[] EDWARDS_PUBLIC = Ed25519Material.ofPrivate(SEED).publicKey();
    private static final Key REVOKED = Key.hs256("old", SHOP, SECRET).asRevoked();
    private static final KeySet KEYS = KeySet.of(HMAC, EDWARDS, REVOKED);
    private static final byte[] PAYLOAD = utf8("{\"id\":\"p-1\",\"type\":\"sale\",\"amount\":125}");
    private static final Refusal SIGNATURE_INVALID = Refusal.of(Reason.SIGNATURE_INVALID);

    private final Authenticator authenticator = new Authenticator(KEYS, InputLimits.DEFAULT);

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void aSignedMessageTellsItsPrincipalAndItsPayload(Algorithm algorithm) {
        Key key = algorithm == Algorithm.HS256 ? HMAC : EDWARDS;
        byte[] message = Signer.of(KEYS, key.id()).sign(PAYLOAD);
        for (int time = 0; time < 3; time++) {
            Authenticator.Authenticated authenticated = authenticated(message);
            assertEquals(key.principal(), authenticated.principal());
            assertEquals(key.id(), authenticated.keyId());
            assertArrayEquals(PAYLOAD, authenticated.payload());
        }
    }

    @Test
    void manyThreadsVerifyWithOneKeyAtOnce() {
        byte[][] messages = IntStream.range(0, 64)
                .mapToObj(i -> Signer.of(KEYS, "h1").sign(utf8("{\"id\":\"p-" + "x".repeat(i) + "\"}")))
                .toArray(byte[][]::new);
        long good = IntStream.range(0, 40_000)
                .parallel()
                .filter(i -> envelope(messages[i % messages.length]).verify() instanceof Authenticator.Authenticated)
                .count();
        assertEquals(40_000, good);
    }

    @Test
    void onlyPublicKeySignaturesAreCostly() {
        assertFalse(envelope(Signer.of(KEYS, "h1").sign(PAYLOAD)).isCostly());
        assertTrue(envelope(Signer.of(KEYS, "e1").sign(PAYLOAD)).isCostly());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'kid':'h1','alg':'HS256'}",
                "{'alg':'HS256','kid':'h1','typ':'JWT'}",
                " { 'alg' : 'HS256' , 'kid' : 'h1' } "
            })
    void aHeaderMayBeWrittenInItsOwnWay(String header) {
        assertEquals(SHOP, authenticated(hs256(header, PAYLOAD, SECRET)).principal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ed25519", "EdDSA"})
    void ed25519GoesByBothOfItsNames(String name) {
        byte[] message = ed25519("{'alg':'" + name + "','kid':'e1'}", PAYLOAD);
        assertEquals(BANK, authenticated(message).principal());
    }

    /** RFC 7515, appendix A.1: key, signing input and signature. */
    @Test
    void hs256AgreesWithRfc7515() {
        byte[] key = Base64.getUrlDecoder()
                .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
        byte[] input =
                utf8("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
                        + "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ");
        byte[] signature = Base64.getUrlDecoder().decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        KeyMaterial material = new HmacMaterial(key);
        assertArrayEquals(signature, material.sign(input));
        assertTrue(material.verify(input, input.length, signature));
        assertFalse(material.verify(input, input.length - 1, signature));
    }

    /** RFC 8037, appendix A.4: key, signing input and signature. */
    @Test
    void ed25519AgreesWithRfc8037() {
        byte[] seed = Base64.getUrlDecoder().decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        byte[] publicKey = Base64.getUrlDecoder().decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        byte[] input = utf8("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
        byte[] signature = Base64.getUrlDecoder()
                .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
        assertArrayEquals(signature, Ed25519Material.ofPrivate(seed).sign(input));
        assertTrue(Ed25519Material.ofPublic(publicKey).verify(input, input.length, signature));
        assertFalse(Ed25519Material.ofPublic(publicKey).verify(input, input.length - 1, signature));
    }

    @Test
    void noByteOfAMessageSignedWithHs256CanBeChanged() {
        byte[] message = Signer.of(KEYS, "h1").sign(PAYLOAD);
        for (int at = 0; at < message.length; at++) {
            for (int value = 0; value < 256; value++) {
                assertChangeIsRefused(message, at, (byte) value);
            }
        }
    }

    @Test
    void noByteOfAMessageSignedWithEd25519CanBeChanged() {
        byte[] message = Signer.of(KEYS, "e1").sign(PAYLOAD);
        for (int at = 0; at < message.length; at++) {
            assertChangeIsRefused(message, at, (byte) (message[at] ^ 1));
            assertChangeIsRefused(message, at, (byte) (message[at] == 'A' ? 'B' : 'A'));
            assertChangeIsRefused(message, at, (byte) '.');
        }
    }

    private void assertChangeIsRefused(byte[] message, int at, byte value) {
        if (message[at] == value) {
            return;
        }
        byte[] changed = message.clone();
        changed[at] = value;
        Refusal refusal = refused(changed).refusal();
        int firstDot = indexOf(message, '.', 0);
        boolean isInHeader = at < firstDot;
        boolean isDot = value == '.' || message[at] == '.';
        String where = "byte " + at + " as " + value;
        if (isDot) {
            assertEquals(Reason.FORMAT_ERROR, refusal.reason(), where);
            assertNull(refusal.field(), where);
        } else if (isInHeader && refusal.reason() == Reason.FORMAT_ERROR) {
            assertEquals("header", refusal.field(), where);
        } else {
            assertEquals(SIGNATURE_INVALID, refusal, where);
        }
    }

    @Test
    void nothingCanBeCutOffOrAdded() {
        byte[] message = Signer.of(KEYS, "h1").sign(PAYLOAD);
        for (int length = 0; length < message.length; length++) {
            refused(Arrays.copyOf(message, length));
            refused(Arrays.copyOfRange(message, message.length - length, message.length));
        }
        for (String more : new String[] {"A", "=", "==", "\n", " ", ".", ".AAAA", "\u0000"}) {
            refused(utf8(text(message) + more));
            refused(utf8(more + text(message)));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedHeaders")
    void aHeaderOutsideTheProfileIsAFormatError(String header) {
        Authenticator.Refused refused = refused(hs256(header, PAYLOAD, SECRET));
        assertEquals(Reason.FORMAT_ERROR, refused.refusal().reason());
        assertEquals("header", refused.refusal().field());
    }

    static Stream<String> malformedHeaders() {
        return Stream.of(
                "",
                "{}",
                "[]",
                "{'alg':'HS256'}",
                "{'kid':'h1'}",
                "{'alg':'HS256','kid':'h1','kid':'h1'}",
                "{'alg':'HS256','alg':'none','kid':'h1'}",
                "{'alg':'HS256','kid':'h1','crit':['exp']}",
                "{'alg':'HS256','kid':'h1','b64':false}",
                "{'alg':'HS256','kid':'h1','jku':'https://example.com'}",
                "{'alg':'HS256','kid':'h1','x5u':'https://example.com'}",
                "{'alg':'HS256','kid':'h1','jwk':{'kty':'oct','k':'AAAA'}}",
                "{'alg':['HS256'],'kid':'h1'}",
                "{'alg':'HS256','kid':'h1'}x",
                "{'alg':'HS256','kid':'h1','typ':'" + "t".repeat(512) + "'}",
                "{'alg':'HS256','kid':'h1','typ':'" + "t".repeat(40_000) + "'}");
    }

    @Test
    void aHeaderMayHave512BytesAndNotOneMore() {
        String start = "{'alg':'HS256','kid':'h1','typ':'";
        String largest = start + "t".repeat(512 - start.length() - 2) + "'}";
        assertEquals(SHOP, authenticated(hs256(largest, PAYLOAD, SECRET)).principal());
        String larger = largest.replace("'}", "t'}");
        assertEquals("header", refused(hs256(larger, PAYLOAD, SECRET)).refusal().field());
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", "==", "\n", " ", "!", "+", "A"})
    void aHeaderThatIsNotCanonicalBase64UrlIsAFormatError(String more) {
        String[] parts = text(Signer.of(KEYS, "h1").sign(PAYLOAD)).split("\\.");
        Refusal refusal =
                refused(utf8(parts[0] + more + "." + parts[1] + "." + parts[2])).refusal();
        assertEquals(Reason.FORMAT_ERROR, refusal.reason());
        assertEquals("header", refusal.field());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongParts")
    void aMessageMustHaveThreeParts(String message, String id) {
        Authenticator.Refused refused = refused(utf8(message));
        assertEquals(Reason.FORMAT_ERROR, refused.refusal().reason());
        assertNull(refused.refusal().field());
        assertEquals(id, refused.id());
    }

    static Stream<Arguments> wrongParts() {
        return Stream.of(
                Arguments.of("", null),
                Arguments.of("hello", null),
                Arguments.of("a.b", null),
                Arguments.of("a.b.c.d", null),
                Arguments.of("a.b.c.d.e", null),
                Arguments.of("....", null),
                Arguments.of("{\"id\":\"p-1\",\"type\":\"sale\"}", "p-1"));
    }

    @Test
    void aMessageTooLargeIsAFormatError() {
        byte[] message = Signer.of(KEYS, "h1").sign(new byte[60_000]);
        Refusal refusal = refused(message).refusal();
        assertEquals(Refusal.malformed(null, "message is larger than 65536 bytes"), refusal);
    }

    /** All of these must look alike, so that nobody can find out which keys there are. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("forgeries")
    void everyForgeryGetsTheSameAnswer(String what, byte[] message) {
        Authenticator.Refused refused = refused(message);
        assertEquals(SIGNATURE_INVALID, refused.refusal());
        assertEquals("p-1", refused.id());
    }

    static Stream<Arguments> forgeries() {
        String good = text(hs256("{'alg':'HS256','kid':'h1'}", PAYLOAD, SECRET));
        String unsigned = good.substring(0, good.lastIndexOf('.') + 1);
        String signature = good.substring(unsigned.length());
        String edwards = text(ed25519("{'alg':'Ed25519','kid':'e1'}", PAYLOAD));
        String edwardsUnsigned = edwards.substring(0, edwards.lastIndexOf('.') + 1);
        return Stream.of(
                forgery("unknown key", hs256("{'alg':'HS256','kid':'nobody'}", PAYLOAD, SECRET)),
                forgery("unknown key of Ed25519", ed25519("{'alg':'EdDSA','kid':'nobody'}", PAYLOAD)),
                forgery("empty kid", hs256("{'alg':'HS256','kid':''}", PAYLOAD, SECRET)),
                forgery("the decoy's own secret", hs256("{'alg':'HS256','kid':'decoy'}", PAYLOAD, new byte[32])),
                forgery("the decoy's own seed", signed("{'alg':'EdDSA','kid':'decoy'}", PAYLOAD, new byte[32])),
                forgery("another secret", hs256("{'alg':'HS256','kid':'h1'}", PAYLOAD, SEED)),
                forgery("another seed", signed("{'alg':'Ed25519','kid':'e1'}", PAYLOAD, SECRET)),
                forgery("another secret, revoked key", hs256("{'alg':'HS256','kid':'old'}", PAYLOAD, SEED)),
                forgery("alg none, no signature", bare("{'alg':'none','kid':'h1'}", PAYLOAD, "")),
                forgery("alg None", bare("{'alg':'None','kid':'h1'}", PAYLOAD, "")),
                forgery("alg none, good signature", hs256("{'alg':'none','kid':'h1'}", PAYLOAD, SECRET)),
                forgery("alg in small letters", hs256("{'alg':'hs256','kid':'h1'}", PAYLOAD, SECRET)),
                forgery("alg HS512", hs256("{'alg':'HS512','kid':'h1'}", PAYLOAD, SECRET)),
                forgery("the public key as a secret", hs256("{'alg':'HS256','kid':'e1'}", PAYLOAD, EDWARDS_PUBLIC)),
                forgery(
                        "the public key as a secret, alg agreeing",
                        hs256("{'alg':'Ed25519','kid':'e1'}", PAYLOAD, EDWARDS_PUBLIC)),
                forgery("a key of HS256 used for Ed25519", signed("{'alg':'Ed25519','kid':'h1'}", PAYLOAD, SECRET)),
                forgery("no signature", utf8(unsigned)),
                forgery("a signature with padding", utf8(good + "=")),
                forgery("a signature with white space", utf8(good + "\n")),
                forgery(
                        "a signature in the other alphabet",
                        utf8(unsigned + signature.replace(signature.charAt(5), '+'))),
                forgery("a signature cut short", utf8(good.substring(0, good.length() - 4))),
                forgery("a signature with more behind", utf8(good + "AAAA")),
                forgery("a signature with stray bits", utf8(withStrayBits(good))),
                forgery(
                        "a signature of another message",
                        utf8(unsigned
                                + text(hs256("{'alg':'HS256','kid':'h1'}", utf8("{}"), SECRET))
                                        .split("\\.")[2])),
                forgery("a signature of Ed25519 of zeros", utf8(edwardsUnsigned + "A".repeat(86))),
                forgery("a signature of Ed25519 with stray bits", utf8(withStrayBits(edwards))),
                forgery("a signature of HS256 for Ed25519", utf8(edwardsUnsigned + signature)));
    }

    /** The refusal is one value, so no text of it can differ. */
    @Test
    void anUnknownKeyIsNotToldFromABadSignature() {
        Set<Authenticator.Refused> answers = new HashSet<>();
        forgeries().forEach(row -> answers.add(refused((byte[]) row.get()[1])));
        assertEquals(Set.of(new Authenticator.Refused("p-1", SIGNATURE_INVALID)), answers);
    }

    /** Whether a check is costly must depend on what the header says, not on whether there is such a key. */
    @Test
    void anUnknownKeyCostsAsMuchAsABadSignature() {
        assertTrue(envelope(ed25519("{'alg':'EdDSA','kid':'nobody'}", PAYLOAD)).isCostly());
        assertTrue(envelope(ed25519("{'alg':'EdDSA','kid':'h1'}", PAYLOAD)).isCostly());
        assertFalse(
                envelope(hs256("{'alg':'HS256','kid':'e1'}", PAYLOAD, SECRET)).isCostly());
        assertFalse(
                envelope(hs256("{'alg':'none','kid':'e1'}", PAYLOAD, SECRET)).isCostly());
        Authenticator withoutEd25519 = new Authenticator(KeySet.of(HMAC), InputLimits.DEFAULT);
        Authenticator.Envelope envelope = assertInstanceOf(
                Authenticator.Envelope.class, withoutEd25519.open(ed25519("{'alg':'EdDSA','kid':'nobody'}", PAYLOAD)));
        assertFalse(envelope.isCostly());
    }

    /** S + L is as good a signature as S to a verifier that does not look; there must be one form only. */
    @Test
    void aSignatureOfEd25519HasOneFormOnly() {
        byte[] message = ed25519("{'alg':'EdDSA','kid':'e1'}", PAYLOAD);
        String[] parts = text(message).split("\\.");
        byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
        java.math.BigInteger order = new java.math.BigInteger("27742317777372353535851937790883648493")
                .add(java.math.BigInteger.TWO.pow(252));
        java.math.BigInteger s = java.math.BigInteger.ZERO;
        for (int i = 63; i >= 32; i--) {
            s = s.shiftLeft(8).or(java.math.BigInteger.valueOf(signature[i] & 0xff));
        }
        java.math.BigInteger other = s.add(order);
        for (int i = 32; i < 64; i++) {
            signature[i] = other.shiftRight(8 * (i - 32)).byteValue();
        }
        byte[] forged = utf8(parts[0] + "." + parts[1] + "." + encoded(signature));
        assertEquals(SIGNATURE_INVALID, refused(forged).refusal());
    }

    @Test
    void aRevokedKeyIsNamedOnlyToWhoHasIt() {
        Authenticator.Refused refused = refused(Signer.of(KEYS, "old").sign(PAYLOAD));
        assertEquals(Refusal.of(Reason.KEY_REVOKED), refused.refusal());
        assertEquals("p-1", refused.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", "!", "A", "\n", "%"})
    void aPayloadThatIsNotCanonicalIsSaidSoBehindAGoodSignature(String more) {
        String header = encoded(utf8("{\"alg\":\"HS256\",\"kid\":\"h1\"}"));
        String signed = header + "." + encoded(PAYLOAD) + more;
        byte[] message = utf8(signed + "." + encoded(hmac(utf8(signed), SECRET)));
        Refusal refusal = refused(message).refusal();
        assertEquals(Reason.FORMAT_ERROR, refusal.reason());
        assertEquals("payload", refusal.field());
        assertEquals("p-1", refused(message).id());
    }

    @Test
    void thePayloadIsNotLookedAtHere() {
        for (byte[] payload : new byte[][] {new byte[0], utf8("not JSON"), new byte[40_000]}) {
            assertArrayEquals(
                    payload, authenticated(Signer.of(KEYS, "h1").sign(payload)).payload());
        }
    }

    @Test
    void aRefusalWithoutAReadableIdHasNone() {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) 7);
        assertNull(refused(hs256("{'alg':'HS256','kid':'h1'}", utf8("no JSON"), secret))
                .id());
        assertNull(refused(hs256("{'alg':'HS256','kid':'h1'}", new byte[0], secret))
                .id());
        assertNull(refused(hs256("{'alg':'HS256','kid':'h1'}", new byte[40_000], secret))
                .id());
    }

    @Test
    void manyHeadersOfOneKeyAreAllRead() {
        for (int i = 0; i < 10_000; i++) {
            String header = "{'alg':'HS256','kid':'h1','typ':'" + i + "'}";
            assertNotNull(authenticated(hs256(header, PAYLOAD, SECRET)));
        }
    }

    private Authenticator.Envelope envelope(byte[] message) {
        return assertInstanceOf(Authenticator.Envelope.class, authenticator.open(message));
    }

    private Authenticator.Authenticated authenticated(byte[] message) {
        return assertInstanceOf(
                Authenticator.Authenticated.class, envelope(message).verify());
    }

    private Authenticator.Refused refused(byte[] message) {
        Authenticator.Opened opened = authenticator.open(message);
        Object result = opened instanceof Authenticator.Envelope envelope ? envelope.verify() : opened;
        return assertInstanceOf(Authenticator.Refused.class, result);
    }

    private static Arguments forgery(String what, byte[] message) {
        return Arguments.of(what, message);
    }

    /** The same message with a last character that stands for the same bytes to a lenient decoder. */
    private static String withStrayBits(String message) {
        int last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                .indexOf(message.charAt(message.length() - 1));
        char stray = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".charAt(last + 1);
        return message.substring(0, message.length() - 1) + stray;
    }

    private static byte[] hs256(String header, byte[] payload, byte[] secret) {
        String signed = encoded(utf8(header.replace('\'', '"'))) + "." + encoded(payload);
        return utf8(signed + "." + encoded(hmac(utf8(signed), secret)));
    }

    private static byte[] ed25519(String header, byte[] payload) {
        return signed(header, payload, SEED);
    }

    private static byte[] signed(String header, byte[] payload, byte[] seed) {
        String signed = encoded(utf8(header.replace('\'', '"'))) + "." + encoded(payload);
        return utf8(signed + "." + encoded(Ed25519Material.ofPrivate(seed).sign(utf8(signed))));
    }

    private static byte[] bare(String header, byte[] payload, String signature) {
        return utf8(encoded(utf8(header.replace('\'', '"'))) + "." + encoded(payload) + "." + signature);
    }

    private static byte[] hmac(byte[] input, byte[] secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(input);
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static int indexOf(byte[] bytes, char wanted, int from) {
        int at = from;
        while (bytes[at] != wanted) {
            at++;
        }
        return at;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
