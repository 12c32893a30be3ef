package bayar.transport.nio;

import java.nio.charset.StandardCharsets;

/**
 * What a transport says by itself to a peer whose bytes are no message: the one piece of the message format that
 * transports know.
 */
public final class RefusalText {
    private RefusalText() {}

    /**
     * A refusal of bytes in which no message was found, as JSON.
     *
     * @param message what is wrong, for people; free of quotes, backslashes and control characters
     */
    public static byte[] formatError(String message) {
        return ("{\"id\":null,\"status\":\"rejected\",\"reason\":\"format_error\",\"money\":\"not_moved\",\"retry\":\"never\","
                        + "\"message\":\"" + message + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The refusal of a message for its length. */
    public static byte[] tooLong(long messageBytes, int limitBytes) {
        return formatError("frame of " + messageBytes + " bytes is over the limit of " + limitBytes);
    }
}
