package bayar;

/** The one rule for every name a client may choose: 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}. */
final class Names {
    static final int MAX_LENGTH = 64;

    static boolean isValid(String name) {
        int length = name.length();
        if (length == 0 || length > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            boolean allowed = (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= ':')
                    || (c >= 'A' && c <= 'Z')
                    || c == '-'
                    || c == '.'
                    || c == '_';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    static String require(String what, String name) {
        if (!isValid(name)) {
            throw new BayarException(
                    what + " " + quote(name) + " is not 1 to " + MAX_LENGTH + " characters of A-Z a-z 0-9 . _ : -");
        }
        return name;
    }

    private static String quote(String name) {
        String shown = name.length() <= MAX_LENGTH ? name : name.substring(0, MAX_LENGTH) + "…";
        return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
    }

    private Names() {}
}
