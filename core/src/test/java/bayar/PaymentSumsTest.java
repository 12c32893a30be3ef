package bayar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaymentSumsTest {
    @ParameterizedTest(name = "authorized {0}, captured {1}, released {2}, refunded {3}, capturing {4}, refunding {5}")
    @CsvSource({
        "-1, 0, 0, 0, 0, 0",
        "100, -1, 0, 0, 0, 0",
        "100, 0, -1, 0, 0, 0",
        "100, 50, 0, -1, 0, 0",
        "100, 0, 0, 0, -1, 0",
        "100, 50, 0, 0, 0, -1",
        "100, 101, 0, 0, 0, 0",
        "100, 0, 101, 0, 0, 0",
        "100, 0, 0, 0, 101, 0",
        "100, 40, 40, 0, 21, 0",
        "100, 50, 0, 51, 0, 0",
        "100, 50, 0, 0, 0, 51",
        "100, 50, 0, 30, 0, 21"
    })
    void sumsThatContradictEachOtherAreRefused(
            long authorized, long captured, long released, long refunded, long capturing, long refunding) {
        assertThrows(
                BayarException.class,
                () -> new PaymentSums(authorized, captured, released, refunded, capturing, refunding));
    }

    @Test
    void whatIsReservedIsNeitherFreeNorRefundable() {
        PaymentSums sums = new PaymentSums(100, 40, 20, 10, 15, 30);
        assertEquals(40, sums.open());
        assertEquals(25, sums.free());
        assertEquals(0, sums.refundable());
        assertEquals(new PaymentSums(100, 40, 45, 10, 15, 30), sums.withRestReleased());
    }
}
