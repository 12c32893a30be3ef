package bayar.codec;

import org.jspecify.annotations.Nullable;

/** Reads the header of a signed message, strictly: an object of the strings {@code alg}, {@code kid} and, perhaps, {@code typ}. */
public final class HeaderReader {

    /** What a header turned out to be. */
    public sealed interface Result {}

    /**
     * A well-formed header.
     *
     * @param algorithm its {@code alg}, whatever that says
     * @param keyId its {@code kid}, whatever that says
     */
    public record Header(String algorithm, String keyId) implements Result {}

    /**
     * Not a header.
     *
     * @param message what is wrong, for people
     */
    public record Malformed(String message) implements Result {}

    /** The header in these bytes. Never throws for what is in them. */
    public static Result read(byte[] bytes) {
        JsonCursor cursor = new JsonCursor(bytes, 0, bytes.length);
        int first = cursor.peek();
        if (first != '{') {
            return new Malformed("header must be a JSON object, not " + JsonCursor.kind(first));
        }
        cursor.skip();
        @Nullable String algorithm = null;
        @Nullable String keyId = null;
        @Nullable String type = null;
        boolean isFirst = true;
        while (cursor.nextMember(isFirst)) {
            isFirst = false;
            String name = cursor.text();
            boolean isKnown = name.equals("alg") || name.equals("kid") || name.equals("typ");
            if (!isKnown) {
                return new Malformed("header must hold alg and kid alone, and typ if you like");
            }
            int value = cursor.peek();
            if (value != '"') {
                return new Malformed("header: " + name + " must be a string, not " + JsonCursor.kind(value));
            }
            if (!cursor.string()) {
                return new Malformed("header: " + name + " " + cursor.fault());
            }
            String text = cursor.text();
            boolean isTwice;
            switch (name) {
                case "alg":
                    isTwice = algorithm != null;
                    algorithm = text;
                    break;
                case "kid":
                    isTwice = keyId != null;
                    keyId = text;
                    break;
                default:
                    isTwice = type != null;
                    type = text;
                    break;
            }
            if (isTwice) {
                return new Malformed("header: " + name + " is given twice");
            }
        }
        if (cursor.fault() != null) {
            return new Malformed("header " + cursor.fault());
        }
        if (cursor.peek() >= 0) {
            return new Malformed("header: there is more behind the object");
        }
        if (algorithm == null || keyId == null) {
            return new Malformed("header: " + (algorithm == null ? "alg" : "kid") + " is missing");
        }
        return new Header(algorithm, keyId);
    }

    private HeaderReader() {}
}
