package bayar;

/**
 * How much of one payment was authorized, captured, released and refunded so far, and how much is reserved for captures,
 * releases and refunds that a processor has not answered yet; in minor units of its currency. Always {@code 0 <= captured
 * + released + capturing <= authorized} and {@code 0 <= refunded + refunding <= captured}.
 *
 * @param authorized what was held or taken at first
 * @param captured what was posted
 * @param released what was given up of the authorization
 * @param refunded what was given back of the captured
 * @param capturing what is reserved for captures and releases that are pending or in doubt
 * @param refunding what is reserved for refunds that are pending or in doubt
 */
public record PaymentSums(
        long authorized, long captured, long released, long refunded, long capturing, long refunding) {
    /** The sums of what moved no money. */
    public static final PaymentSums NONE = new PaymentSums(0, 0, 0, 0);

    /** @throws BayarException if the sums contradict each other */
    public PaymentSums {
        boolean isNegative =
                captured < 0 || released < 0 || refunded < 0 || capturing < 0 || refunding < 0 || authorized < 0;
        if (isNegative || capturing > authorized - released - captured || refunding > captured - refunded) {
            throw new BayarException("payment sums contradict each other: authorized " + authorized + ", captured "
                    + captured + ", released " + released + ", refunded " + refunded + ", capturing " + capturing
                    + ", refunding " + refunding);
        }
    }

    /** Sums with nothing reserved. */
    public PaymentSums(long authorized, long captured, long released, long refunded) {
        this(authorized, captured, released, refunded, 0, 0);
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

    /** What is still held, and reserved for nothing. */
    public long free() {
        return open() - capturing;
    }

    /** What can still be refunded. */
    public long refundable() {
        return captured - refunded - refunding;
    }

    /** These sums after a capture of this many minor units. */
    public PaymentSums plusCaptured(long minor) {
        return new PaymentSums(authorized, captured + minor, released, refunded, capturing, refunding);
    }

    /** These sums after the release of all that is free. */
    public PaymentSums withRestReleased() {
        return new PaymentSums(authorized, captured, released + free(), refunded, capturing, refunding);
    }

    /** These sums after a refund of this many minor units. */
    public PaymentSums plusRefunded(long minor) {
        return new PaymentSums(authorized, captured, released, refunded + minor, capturing, refunding);
    }

    /** These sums with this many minor units more (or, when negative, less) reserved for captures and releases. */
    public PaymentSums plusCapturing(long minor) {
        return new PaymentSums(authorized, captured, released, refunded, capturing + minor, refunding);
    }

    /** These sums with this many minor units more (or, when negative, less) reserved for refunds. */
    public PaymentSums plusRefunding(long minor) {
        return new PaymentSums(authorized, captured, released, refunded, capturing, refunding + minor);
    }
}
