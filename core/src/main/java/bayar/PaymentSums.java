package bayar;

/**
 * How much of one payment was authorized, captured, released and refunded so far, in minor units of its currency.
 * Always {@code 0 <= captured + released <= authorized} and {@code 0 <= refunded <= captured}.
 *
 * @param authorized what was held or taken at first
 * @param captured what was posted
 * @param released what was given up of the authorization
 * @param refunded what was given back of the captured
 */
public record PaymentSums(long authorized, long captured, long released, long refunded) {
    /** The sums of what moved no money. */
    public static final PaymentSums NONE = new PaymentSums(0, 0, 0, 0);

    /** @throws BayarException if the sums contradict each other */
    public PaymentSums {
        if (captured < 0 || released < 0 || refunded < 0 || captured > authorized - released || refunded > captured) {
            throw new BayarException("payment sums contradict each other: authorized " + authorized + ", captured "
                    + captured + ", released " + released + ", refunded " + refunded);
        }
    }

    /** The sums of an authorization of this many minor units. */
    public static PaymentSums ofAuthorization(long minor) {
        return new PaymentSums(minor, 0, 0, 0);
    }

    /** The sums of a sale of this many minor units. */
    public static PaymentSums ofSale(long minor) {
        return new PaymentSums(minor, minor, 0, 0);
    }

    /** What is still held: authorized, and neither captured nor released. */
    public long open() {
        return authorized - captured - released;
    }

    /** What can still be refunded. */
    public long refundable() {
        return captured - refunded;
    }

    /** These sums after a capture of this many minor units. */
    public PaymentSums plusCaptured(long minor) {
        return new PaymentSums(authorized, captured + minor, released, refunded);
    }

    /** These sums after the release of all that is still held. */
    public PaymentSums withRestReleased() {
        return new PaymentSums(authorized, captured, released + open(), refunded);
    }

    /** These sums after a refund of this many minor units. */
    public PaymentSums plusRefunded(long minor) {
        return new PaymentSums(authorized, captured, released, refunded + minor);
    }
}
