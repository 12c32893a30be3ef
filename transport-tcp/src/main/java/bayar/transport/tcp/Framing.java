package bayar.transport.tcp;

/** How messages are told apart in a stream of bytes; both ends must use the same. */
public enum Framing {
    /** Four bytes, big-endian, that count the message's bytes, then the message. */
    LENGTH4,
    /** Two bytes, big-endian, that count the message's bytes, then the message: the habit of ISO 8583 channels. */
    LENGTH2,
    /** The message, then one line feed; a carriage return before it is dropped. */
    NEWLINE
}
