package bayar;

import org.jspecify.annotations.Nullable;

/**
 * The name of an account in the ledger: 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}.
 *
 * @param value the name
 */
public record AccountId(String value) implements Comparable<AccountId> {
    private static final String RESERVED_PREFIX = "bayar:";
    private static final int SHOWN_CHARS = 4;

    /** @throws BayarException if {@code value} breaks the rule for names */
    public AccountId {
        Names.require("account", value);
    }

    /**
     * The account of this name.
     *
     * @throws BayarException if {@code value} breaks the rule for names
     */
    public static AccountId of(String value) {
        return new AccountId(value);
    }

    /** Whether {@code value} keeps the rule for names of accounts, principals, keys and payments. */
    public static boolean isValid(String value) {
        return Names.isValid(value);
    }

    /** Whether the engine keeps this account for itself ({@code bayar:…}): no request may name it. */
    public boolean isReserved() {
        return value.startsWith(RESERVED_PREFIX);
    }

    /**
     * The account as logs and pages show it: the end of its name, a third of it and {@value #SHOWN_CHARS} characters at
     * most, behind three stars; null for null.
     */
    public static @Nullable String masked(@Nullable AccountId account) {
        if (account == null) {
            return null;
        }
        String name = account.value;
        int shown = Math.min(SHOWN_CHARS, name.length() / 3);
        return "***" + name.substring(name.length() - shown);
    }

    // Written out, since accounts are looked up by it for every payment, and what a record does by itself costs more.

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || other instanceof AccountId that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public int compareTo(AccountId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
