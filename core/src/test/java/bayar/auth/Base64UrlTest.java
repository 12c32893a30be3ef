package bayar.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Base64UrlTest {
    @Test
    void whatIsEncodedIsDecoded() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            byte[] framed = ("!!" + new String(Base64Url.encode(bytes), StandardCharsets.US_ASCII) + "!!")
                    .getBytes(StandardCharsets.US_ASCII);
            assertArrayEquals(bytes, Base64Url.decode(framed, 2, framed.length - 2), "seed " + seed);
        }
    }

    /** Of all texts of two characters, exactly one stands for each byte. */
    @Test
    void everyByteHasOneFormOnly() {
        int accepted = 0;
        for (int first = 0; first < 256; first++) {
            for (int second = 0; second < 256; second++) {
                if (Base64Url.decode(new byte[] {(byte) first, (byte) second}, 0, 2) != null) {
                    accepted++;
                }
            }
        }
        assertEquals(256, accepted);
    }

    /** Of all texts of three characters of the alphabet, exactly one stands for each two bytes. */
    @Test
    void everyTwoBytesHaveOneFormOnly() {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=";
        int accepted = 0;
        for (char first : alphabet.toCharArray()) {
            for (char second : alphabet.toCharArray()) {
                for (char third : alphabet.toCharArray()) {
                    if (Base64Url.decode(new byte[] {(byte) first, (byte) second, (byte) third}, 0, 3) != null) {
                        accepted++;
                    }
                }
            }
        }
        assertEquals(65_536, accepted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "AAAAA",
                "AA==",
                "AAA=",
                "AAAA=",
                "AA+A",
                "AA/A",
                "AAA.",
                "AA A",
                "AAA\n",
                "\nAAA",
                "AAA\u0000",
                "AB",
                "AAB",
                "AAAé"
            })
    void whatIsNotCanonicalIsRefused(String text) {
        byte[] chars = text.getBytes(StandardCharsets.UTF_8);
        assertNull(Base64Url.decode(chars, 0, chars.length));
    }
}
