package bayar;

/**
 * What an inquiry tells of an earlier request: which it was, and its sums so far.
 *
 * @param id the earlier request's id
 * @param type what it asked for
 * @param sums what was captured, released and refunded of it so far
 */
public record PaymentSummary(String id, Operation type, PaymentSums sums) {}
