package bayar.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderReaderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'alg':'HS256','kid':'k1'}",
                "{'kid':'k1','alg':'HS256'}",
                "{'typ':'JWT',\r\n 'alg' : 'HS256', 'kid':'k1'} ",
                "{'alg':'HS256','kid':'\\u006b1'}"
            })
    void readsAlgorithmAndKey(String json) {
        assertEquals(new HeaderReader.Header("HS256", "k1"), read(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "null",
                "[]",
                "'HS256'",
                "{'alg':'HS256'}",
                "{'kid':'k1'}",
                "{'alg':'HS256','kid':'k1','alg':'none'}",
                "{'alg':'HS256','kid':'k1','kid':'k1'}",
                "{'alg':'HS256','kid':'k1','typ':'JWT','typ':'JWT'}",
                "{'alg':'HS256','kid':'k1','crit':['b64'],'b64':false}",
                "{'alg':'HS256','kid':'k1','b64':false}",
                "{'alg':'HS256','kid':'k1','zip':'DEF'}",
                "{'alg':'HS256','kid':'k1','jku':'https://example.com/keys'}",
                "{'alg':'HS256','kid':'k1','x5u':'https://example.com/cert'}",
                "{'alg':'HS256','kid':'k1','jwk':{'kty':'oct','k':'AAAA'}}",
                "{'alg':'HS256','kid':'k1','cty':'JWT'}",
                "{'ALG':'HS256','kid':'k1'}",
                "{'alg':['HS256'],'kid':'k1'}",
                "{'alg':null,'kid':'k1'}",
                "{'alg':'HS256','kid':1}",
                "{'alg':'HS256','kid':'k1','typ':1}",
                "{'alg':'HS256','kid':'k1',}",
                "{'alg':'HS256' 'kid':'k1'}",
                "{'alg':'HS256','kid':'k1'",
                "{'alg':'HS256','kid':'k1'}}",
                "{'alg':'HS256','kid':'k1'}{'alg':'none','kid':'k1'}",
                "\ufeff{'alg':'HS256','kid':'k1'}"
            })
    void refusesEverythingElse(String json) {
        assertInstanceOf(HeaderReader.Malformed.class, read(json));
    }

    private static HeaderReader.Result read(String json) {
        return HeaderReader.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
