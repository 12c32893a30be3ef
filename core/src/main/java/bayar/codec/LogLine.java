package bayar.codec;

import org.jspecify.annotations.Nullable;

/**
 * One line of a structured log: {@code key=value} pairs, or a JSON object. Whatever a value holds, it stays one line and
 * one value. Not thread-safe.
 */
public final class LogLine {
    /** How lines look. */
    public enum Format {
        /** {@code key=value} with a space between; values with spaces, quotes or {@code =} stand in quotes. */
        TEXT,
        /** A JSON object with a string, a number or a boolean for each key. */
        JSON
    }

    private final Format format;
    private final StringBuilder line = new StringBuilder(256);

    /** An empty line. */
    public LogLine(Format format) {
        this.format = format;
    }

    /** Adds a pair, unless {@code value} is null. */
    public LogLine add(String key, @Nullable Object value) {
        if (value == null) {
            return this;
        }
        if (format == Format.JSON) {
            line.append(line.isEmpty() ? "{\"" : ",\"").append(key).append("\":");
            boolean isBare = value instanceof Number || value instanceof Boolean;
            append(value.toString(), !isBare);
        } else {
            line.append(line.isEmpty() ? "" : " ").append(key).append('=');
            append(value.toString(), needsQuotes(value.toString()));
        }
        return this;
    }

    /** The line; the next pair begins a new one. */
    public String end() {
        if (format == Format.JSON) {
            line.append(line.isEmpty() ? "{}" : "}");
        }
        String ended = line.toString();
        line.setLength(0);
        return ended;
    }

    private static boolean needsQuotes(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == '"' || c == '=' || c == '\\' || isUnsafe(c)) {
                return true;
            }
        }
        return text.isEmpty();
    }

    /** Control characters, and those that some programs take for the end of a line. */
    private static boolean isUnsafe(char c) {
        return c < ' ' || (c >= 0x7f && c < 0xa0) || c == '\u2028' || c == '\u2029';
    }

    private void append(String text, boolean isQuoted) {
        if (!isQuoted) {
            line.append(text);
            return;
        }
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (isUnsafe(c)) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
