package bayar;

import java.time.Instant;
import java.util.Map;

/**
 * Something about a payment was recorded, and is durable: it was decided, or what became of it is known better than
 * before.
 *
 * <p>What an authorization still held when it expired is released by a {@code void} of the principal {@code
 * bayar:ledger}, and an opening balance is a {@code transfer} of that principal; both are told too.
 *
 * @param sequence the place of this record in the ledger's one order, from 1, without gaps; the first one about a payment
 *     has the sequence of its receipt
 * @param time when it was recorded, to the millisecond
 * @param recorded what was recorded: the request's own type when it was decided; {@link Operation#OUTCOME}, {@link
 *     Operation#REVERSAL}, {@link Operation#ANOMALY} or {@link Operation#ACKNOWLEDGEMENT} for what came later
 * @param principal whose payment it is
 * @param request what was asked for
 * @param receipt how the payment stands after this record
 * @param evidence what came later rests on: {@code source} (see {@code docs/processors.md}), and where they are known
 *     {@code reference}, {@code note}, {@code operator}, and {@code told} for an anomaly; empty for a decision
 */
public record PaymentEvent(
        long sequence,
        Instant time,
        Operation recorded,
        String principal,
        PaymentRequest request,
        Receipt receipt,
        Map<String, String> evidence)
        implements EngineEvent {}
