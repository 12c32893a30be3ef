package bayar;

/**
 * One attempt at doing a payment outside.
 *
 * @param key what the processor sends along, so that the outside world can tell a repetition from a new payment: 1 to 40
 *     characters of {@code 0-9 a-f -}; the same for every call about this attempt, also after a restart
 * @param number from 1
 */
public record Attempt(String key, int number) {}
