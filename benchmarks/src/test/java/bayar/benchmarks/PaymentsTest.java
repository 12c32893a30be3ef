package bayar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaymentsTest {
    private final Payments payments = LoadTest.payments();

    @Test
    void aNumberIsFoundInTheMessageAndInItsReceipt() {
        for (int i = 0; i < 120; i++) {
            long number = payments.next();
            byte[] message = message(payments, number);
            assertEquals(number, payments.numberInMessage(message, 0, message.length));
            assertEquals(i < 100, payments.isMessage(number, message, 0, message.length), "prepared: 100");

            String id = new FakeServer.Received(message, new java.net.Socket()).id();
            byte[] receipt = FakeServer.approved(id).getBytes(StandardCharsets.US_ASCII);
            assertEquals(number, payments.numberInReceipt(receipt, 0, receipt.length));
            assertEquals(-1, payments.numberInMessage(receipt, 0, receipt.length));
            assertEquals(-1, payments.numberInReceipt(message, 0, message.length));
        }
        assertEquals(20, payments.signedLate());
    }

    @Test
    void otherServersGetTheSameAndThisOneOnlyNewOnes() {
        List<Long> first = take(120);
        payments.rewind(false);
        assertEquals(first, take(120));
        payments.prepare(10);
        assertEquals(120L, payments.next() - first.get(0));
    }

    @Test
    void whoRemembersNothingGetsThePreparedOnesAgainAndAgain() {
        payments.rewind(true);
        List<Long> taken = take(250);
        assertEquals(taken.subList(0, 100), taken.subList(100, 200));
        message(payments, taken.get(249));
        assertEquals(0, payments.signedLate());
    }

    @Test
    void oneOfManyAccountsMayBeHot() {
        assertTrue(payees(Payments.Spread.HOT).stream().allMatch("a-0"::equals));
        assertTrue(payees(Payments.Spread.UNIFORM).stream().distinct().count() > 5);
        List<String> zipf = payees(Payments.Spread.ZIPF);
        assertTrue(count(zipf, "a-0") > 2 * count(zipf, "a-9"), zipf.toString());
    }

    private static long count(List<String> payees, String payee) {
        return payees.stream().filter(payee::equals).count();
    }

    private static List<String> payees(Payments.Spread spread) {
        bayar.auth.Key key = bayar.auth.Key.hs256("k", bayar.Principal.named("p"), new byte[32]);
        Payments payments = new Payments(
                bayar.auth.Signer.of(bayar.auth.KeySet.of(key), "k"),
                Payments.Mix.uniform(10).spread(spread).payloadBytes(300));
        List<String> payees = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] message = message(payments, payments.next());
            String payload = new String(
                    java.util.Base64.getUrlDecoder()
                            .decode(new String(message, StandardCharsets.US_ASCII).split("\\.")[1]),
                    StandardCharsets.UTF_8);
            assertTrue(payload.length() > 300);
            String payee = payload.replaceAll(".*\"payee\":\"([^\"]*)\".*", "$1");
            assertFalse(payload.contains("\"payer\":\"" + payee + '"'), payload);
            payees.add(payee);
        }
        return payees;
    }

    private List<Long> take(int count) {
        List<Long> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(payments.next());
        }
        return taken;
    }

    private static byte[] message(Payments payments, long number) {
        ByteBuffer out = ByteBuffer.allocate(payments.roomBytes());
        payments.write(number, new Wire.Length4(), out, Payments.nowSeconds());
        return Arrays.copyOfRange(out.array(), Integer.BYTES, out.position());
    }
}
