package bayar.codec;

import bayar.BayarException;
import bayar.Refusal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every limit on what is read from outside, in one value. Names (ids, accounts, methods, keys) have a limit of their own,
 * 64 characters, which is part of what a name is.
 *
 * @param messageBytes the largest message, signature included
 * @param headerBytes the largest header of a signed message, after base64url is undone
 * @param shownChars how much of a field name that is not known is repeated in an answer
 * @param metadataEntries how many entries a request's metadata may have
 * @param metadataKeyChars the longest key in metadata, in Unicode characters
 * @param metadataValueChars the longest value in metadata, in Unicode characters
 */
public record InputLimits(
        int messageBytes,
        int headerBytes,
        int shownChars,
        int metadataEntries,
        int metadataKeyChars,
        int metadataValueChars) {

    /** What the message reference promises. */
    public static final InputLimits DEFAULT = new InputLimits(65_536, 512, 32, 16, 64, 256);

    /** @throws BayarException if one of the limits is below 1 */
    public InputLimits {
        requirePositive("messageBytes", messageBytes);
        requirePositive("headerBytes", headerBytes);
        requirePositive("shownChars", shownChars);
        requirePositive("metadataEntries", metadataEntries);
        requirePositive("metadataKeyChars", metadataKeyChars);
        requirePositive("metadataValueChars", metadataValueChars);
    }

    /** The refusal of a message of this many bytes, or null when it may be read. */
    public @Nullable Refusal messageProblem(int bytes) {
        return bytes <= messageBytes
                ? null
                : Refusal.malformed(null, "message is larger than " + messageBytes + " bytes");
    }

    /**
     * What is wrong with a request's metadata, or null when nothing is. For requests that do not come as bytes; a
     * {@link RequestReader} has asked already.
     */
    public @Nullable Refusal metadataProblem(Map<String, String> metadata) {
        if (metadata.size() > metadataEntries) {
            return tooManyEntries();
        }
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            Refusal problem = entryProblem(entry.getKey(), entry.getValue());
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    Refusal tooManyEntries() {
        return Refusal.malformed("metadata", "metadata has more than " + metadataEntries + " entries");
    }

    @Nullable
    Refusal entryProblem(String key, String value) {
        if (key.isEmpty() || isLonger(key, metadataKeyChars)) {
            return Refusal.malformed("metadata", "a metadata key must be 1 to " + metadataKeyChars + " characters");
        }
        if (isLonger(value, metadataValueChars)) {
            return Refusal.malformed(
                    "metadata", "a metadata value must be at most " + metadataValueChars + " characters");
        }
        if (!isPlain(key) || !isPlain(value)) {
            return Refusal.malformed("metadata", "metadata must not hold control characters or unpaired surrogates");
        }
        return null;
    }

    private static boolean isLonger(String text, int chars) {
        return text.length() > chars && text.codePointCount(0, text.length()) > chars;
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                boolean isPair = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
                if (!isPair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new BayarException("input limit " + name + " is " + value + "; it must be 1 or more");
        }
    }
}
