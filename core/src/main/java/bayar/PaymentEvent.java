package bayar;

/**
 * A request was decided and recorded, and is durable. What an authorization still held when it expired is released by a
 * {@code void} of the principal {@code bayar:ledger}, which is told too.
 *
 * @param principal whose request it was
 * @param request what was asked for
 * @param receipt the outcome, with its sequence number and time
 */
public record PaymentEvent(String principal, PaymentRequest request, Receipt receipt) implements EngineEvent {}
