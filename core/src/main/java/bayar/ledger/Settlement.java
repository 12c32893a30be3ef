package bayar.ledger;

/**
 * What came of something told about a payment.
 *
 * @param payment how it stands now
 * @param isChanged whether that was recorded as something new; it holds once the batch is committed
 */
public record Settlement(PaymentRecord payment, boolean isChanged) {}
