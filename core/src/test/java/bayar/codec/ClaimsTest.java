package bayar.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'p-1'}",
                "{'id':'p-1'",
                " \t{ 'id' \r\n:\n 'p-1' }",
                "{'amount':12.5,'id':'p-1'}",
                "{'amount':,'id':'p-1'}",
                "{'tip':{'id':'other'},'id':'p-1'}",
                "{'tip':[{'id':'other'}],'id':'p-1'}",
                "{'payer':'id','id':'p-1'}",
                "{'payer':'\\'id\\':\\'other\\'','id':'p-1'}",
                "{'payer':'id':'other','id':'p-1'}",
                "{'id':5,'id':'p-1'}",
                "{'id':'p-1','id':'other'}"
            })
    void findsTheIdOfTheOutermostObject(String json) {
        assertEquals("p-1", read(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "'id':'p-1'",
                "[{'id':'p-1'}]",
                "{}{'id':'p-1'}",
                "}{'id':'p-1'}",
                "{'metadata':{'id':'p-1'}}",
                "{'Id':'p-1'}",
                "{'id':'p 1'}",
                "{'id':''}",
                "{'id':null}",
                "{'id':'p-1",
                "{'id'}",
                "{'id':"
            })
    void findsNoneWhereThereIsNone(String json) {
        assertNull(read(json));
    }

    @Test
    void tellsWhetherItOnlyAsksAndUntilWhen() {
        Claims inquiry = claims("{'exp': 1795420830,'type':'inquiry','id':'p-1'}");
        assertTrue(inquiry.isInquiry());
        assertEquals(1795420830, inquiry.expiresAtSeconds());

        Claims sale = claims("{'type':'sale','metadata':{'type':'inquiry','exp':1},'payee':'inquiry'}");
        assertFalse(sale.isInquiry());
        assertEquals(Long.MAX_VALUE, sale.expiresAtSeconds());
        assertEquals(Long.MAX_VALUE, claims("{'exp':'soon'}").expiresAtSeconds());
        assertEquals(Long.MAX_VALUE, claims("{'exp'").expiresAtSeconds());
        assertEquals(Long.MAX_VALUE, claims("{'exp':179542").expiresAtSeconds(), "it may go on");
    }

    @Test
    void looksNoFurtherThanItsBound() {
        String space = " ".repeat(Claims.MAX_BYTES);
        assertNull(read("{" + space + "'id':'p-1'}"));
        assertEquals("p-1", read("{'id':'p-1'," + space + "}"));
    }

    @Test
    void anyBytesGiveNoneOrAValidId() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String likely = "{}[]\":,\\id p-1\n\u0000";
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = random.nextInt(8) == 0
                        ? (byte) random.nextInt(256)
                        : (byte) likely.charAt(random.nextInt(likely.length()));
            }
            int offset = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
            String id = Claims.read(bytes, offset, bytes.length - offset).id();
            assertTrue(id == null || AccountId.isValid(id), "seed " + seed);
        }
    }

    private static String read(String json) {
        return claims(json).id();
    }

    private static Claims claims(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return Claims.read(bytes, 0, bytes.length);
    }
}
