package bayar.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Principal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KeySetTest {
    private static final String SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA";
    private static final String X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    private static final String D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    private static final String HMAC = "'kty':'oct','kid':'h1','alg':'HS256','k':'" + SECRET + "'";
    private static final String EDWARDS = "'kty':'OKP','crv':'Ed25519','kid':'e1','alg':'Ed25519','x':'" + X + "'";
    private static final String OURS = ",'principal':'shop','grants':{'debit':['alice','acct-*']}";

    @TempDir
    Path directory;

    @Test
    void keysOfBothKindsAreRead() {
        KeySet keys = parse("{'keys':[{" + HMAC + OURS + "},{" + EDWARDS + ",'d':'" + D + "','principal':'bank'}]}");
        Key hmac = keys.find("h1");
        assertNotNull(hmac);
        assertEquals(Algorithm.HS256, hmac.algorithm());
        assertEquals(new Principal("shop", List.of("alice", "acct-*")), hmac.principal());
        assertTrue(hmac.principal().permitsDebit(AccountId.of("acct-7")));
        assertFalse(hmac.principal().permitsDebit(AccountId.of("bob")));
        assertFalse(hmac.isRevoked());
        assertTrue(hmac.canSign());
        Key edwards = keys.find("e1");
        assertNotNull(edwards);
        assertEquals(Algorithm.ED25519, edwards.algorithm());
        assertTrue(edwards.canSign());
        assertFalse(edwards.principal().permitsDebit(AccountId.of("alice")));
        assertNull(keys.find("nobody"));
        assertEquals(2, keys.keys().size());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("goodKeys")
    void standardMembersAreAllowed(String key) {
        assertEquals(1, parse("{'keys':[" + key + "]}").keys().size());
    }

    static Stream<String> goodKeys() {
        return Stream.of(
                "{" + HMAC + ",'principal':'shop'}",
                "{" + HMAC + OURS + ",'use':'sig','key_ops':['sign','verify'],'ext':true}",
                "{" + HMAC + OURS + ",'revoked':false}",
                "{" + HMAC + ",'principal':'shop','grants':{}}",
                "{" + HMAC + ",'principal':'shop','grants':{'debit':['*']}}",
                "{" + EDWARDS.replace("'alg':'Ed25519'", "'alg':'EdDSA'") + OURS + ",'x5t':'AAAA'}");
    }

    @Test
    void aPublicKeyAloneCannotSign() {
        KeySet keys = parse("{'keys':[{" + EDWARDS + OURS + "}]}");
        BayarException e = assertThrows(BayarException.class, () -> Signer.of(keys, "e1"));
        assertTrue(e.getMessage().contains("key e1 of shop"), e.getMessage());
        assertThrows(BayarException.class, () -> Signer.of(keys, "e2"));
    }

    @Test
    void aRevokedKeyIsKnownAsSuch() {
        Key key = parse("{'keys':[{" + HMAC + OURS + ",'revoked':true}]}").find("h1");
        assertNotNull(key);
        assertTrue(key.isRevoked());
    }

    @ParameterizedTest(name = "{1}: {0}")
    @MethodSource("faults")
    void aFaultIsRefusedWithItsPlaceAndItsCure(String json, String told) throws IOException {
        Path file = directory.resolve("keys.json");
        Files.writeString(file, json.replace('\'', '"'));
        BayarException e = assertThrows(BayarException.class, () -> KeySet.load(file));
        assertTrue(e.getMessage().contains(told), e.getMessage());
        assertTrue(e.getMessage().startsWith("key file " + file), e.getMessage());
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        assertFalse(trace.toString().contains(SECRET.substring(0, 12)), trace::toString);
        assertFalse(trace.toString().contains(D.substring(0, 12)), trace::toString);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("", "is not a JWK Set"),
                fault("not JSON", "is not JSON"),
                fault("{'keys':[{" + HMAC + OURS + "}]", "is not JSON"),
                fault("{'keys':[{'k':" + SECRET + "}]}", "is not JSON"),
                fault("{'keys':[]} {}", "is not JSON"),
                fault("{'keys':[{" + HMAC + OURS + ",'kid':'h1'}]}", "every name given once"),
                fault("[]", "is not a JWK Set"),
                fault("{}", "is not a JWK Set"),
                fault("{'keys':{}}", "is not a JWK Set"),
                fault("{'keys':['h1']}", "key number 1 is not an object"),
                fault("{'keys':[{" + HMAC + OURS + "},{'kty':'oct'}]}", "key number 2 has no \"kid\""),
                key(HMAC.replace("'h1'", "'h 1'") + OURS, "its kid must be"),
                key(HMAC.replace("'h1'", "5") + OURS, "\"kid\" must be a string"),
                fault("{'keys':[{" + HMAC + OURS + "},{" + HMAC + OURS + "}]}", "two keys have the kid \"h1\""),
                key(HMAC, "key \"h1\" has no \"principal\""),
                key(HMAC + ",'principal':'a b'", "key \"h1\": principal \"a b\""),
                key(HMAC + ",'principal':'bayar:x'", "kept for the engine"),
                key(HMAC.replace(",'alg':'HS256'", "") + OURS, "has no \"alg\""),
                key(HMAC.replace("HS256", "HS512") + OURS, "alg \"HS512\" is not known"),
                key(HMAC.replace("HS256", "none") + OURS, "alg \"none\" is not known"),
                key(HMAC.replace("HS256", "Ed25519") + OURS, "kty \"oct\" does not go with alg Ed25519"),
                key(HMAC.replace("'oct'", "'RSA'") + OURS, "kty \"RSA\" does not go with alg HS256"),
                key(HMAC.replace("'kty':'oct',", "") + OURS, "has no \"kty\""),
                key("'kty':'oct','kid':'h1','alg':'HS256'" + OURS, "has no \"k\""),
                key(HMAC.replace(SECRET, SECRET.substring(0, 40)) + OURS, "the secret has 30 bytes"),
                key(HMAC.replace(SECRET, "") + OURS, "the secret has 0 bytes"),
                key(HMAC.replace(SECRET, SECRET + "=") + OURS, "\"k\" is not base64url"),
                key(HMAC.replace(SECRET, SECRET + "+/AA") + OURS, "\"k\" is not base64url"),
                key(HMAC.replace("'" + SECRET + "'", "5") + OURS, "\"k\" must be a string"),
                key(HMAC + OURS + ",'use':'enc'", "its use must be \"sig\""),
                key(HMAC + OURS + ",'key_ops':['encrypt']", "its key_ops must hold"),
                key(HMAC + OURS + ",'key_ops':'sign'", "key_ops must be an array of strings"),
                key(HMAC + OURS + ",'revokd':true", "a member that is not known here, \"revokd\""),
                key(HMAC + OURS + ",'revoked':'no'", "revoked must be true or false"),
                key(HMAC + ",'principal':'shop','grants':['alice']", "grants must look like"),
                key(HMAC + ",'principal':'shop','grants':{'debit':'alice'}", "grants.debit must be an array"),
                key(HMAC + ",'principal':'shop','grants':{'debit':[5]}", "grants.debit must be an array"),
                key(HMAC + ",'principal':'shop','grants':{'debits':[]}", "there is no grant \"debits\""),
                key(HMAC + ",'principal':'shop','grants':{'debit':['a*b']}", "debit grant \"a*b\""),
                key(EDWARDS.replace("'Ed25519','kid'", "'X25519','kid'") + OURS, "its crv must be \"Ed25519\""),
                key(EDWARDS.replace("'crv':'Ed25519',", "") + OURS, "has no \"crv\""),
                key(EDWARDS.replace(",'x':'" + X + "'", "") + OURS, "has no \"x\""),
                key(EDWARDS.replace(X, X.substring(0, 40)) + OURS, "it has 30 bytes"),
                key(EDWARDS.replace(X, "A".repeat(43)) + OURS, "is not one of Ed25519"),
                key(EDWARDS.replace(X, "AQ" + "A".repeat(41)) + OURS, "is not one of Ed25519"),
                key(EDWARDS + OURS + ",'d':'" + X + "'", "\"x\" is not the public key of \"d\""),
                key(EDWARDS + OURS + ",'d':'AAAA'", "the private key \"d\" has 3 bytes"));
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        byte[] utf16 = "{\"keys\":[]}".getBytes(StandardCharsets.UTF_16);
        BayarException e = assertThrows(BayarException.class, () -> KeySet.parse(utf16));
        assertTrue(e.getMessage().contains("is not UTF-8"), e.getMessage());
    }

    @Test
    void aFileThatIsMissingOrNoFileIsSaidSo() {
        Path missing = directory.resolve("none.json");
        BayarException e = assertThrows(BayarException.class, () -> KeySet.load(missing));
        assertEquals("key file " + missing + " does not exist; name one that does, or make it", e.getMessage());
        BayarException no = assertThrows(BayarException.class, () -> KeySet.load(directory));
        assertTrue(no.getMessage().startsWith("key file " + directory + " cannot be read"), no.getMessage());
    }

    @Test
    void noSecretIsShown() {
        KeySet keys = parse("{'keys':[{" + HMAC + OURS + "},{" + EDWARDS + ",'d':'" + D + "'" + OURS + "}]}");
        assertEquals("[key h1 of shop (HS256), key e1 of shop (Ed25519)]", keys.toString());
    }

    private static Arguments fault(String json, String told) {
        return Arguments.of(json, told);
    }

    private static Arguments key(String members, String told) {
        return fault("{'keys':[{" + members + "}]}", told);
    }

    private static KeySet parse(String json) {
        return KeySet.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
