package bayar.codec;

/** The trace context of a message, as W3C Trace Context writes it: {@code 00-<trace id>-<parent id>-<flags>}. */
final class Traceparent {
    /** More than any version that there is takes, so that a newer one passes too. */
    static final int MAX_LENGTH = 128;

    private static final int VERSION_0_LENGTH = 55;
    private static final int TRACE_ID = 3;
    private static final int PARENT_ID = 36;
    private static final int FLAGS = 53;

    private Traceparent() {}

    /** Whether it is a context; a later version may have more behind what this one has. */
    static boolean isValid(String text) {
        int length = text.length();
        boolean isVersion0 = text.startsWith("00");
        boolean isLongEnough = isVersion0
                ? length == VERSION_0_LENGTH
                : length == VERSION_0_LENGTH
                        || (length > VERSION_0_LENGTH && length <= MAX_LENGTH && text.charAt(VERSION_0_LENGTH) == '-');
        return isLongEnough
                && isHex(text, 0, 2)
                && !text.startsWith("ff")
                && text.charAt(TRACE_ID - 1) == '-'
                && isId(text, TRACE_ID, PARENT_ID - 1)
                && text.charAt(PARENT_ID - 1) == '-'
                && isId(text, PARENT_ID, FLAGS - 1)
                && text.charAt(FLAGS - 1) == '-'
                && isHex(text, FLAGS, VERSION_0_LENGTH)
                && isPlain(text, VERSION_0_LENGTH);
    }

    /** What a later version has is not known, but whoever passes it on puts it in a header of HTTP. */
    private static boolean isPlain(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    private static boolean isId(String text, int from, int to) {
        if (!isHex(text, from, to)) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != '0') {
                return true;
            }
        }
        return false;
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
