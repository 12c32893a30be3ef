package bayar;

import java.util.ArrayList;
import java.util.List;

/**
 * Who sends requests: the owner of their ids, with the accounts that it may debit. Permits nothing by default.
 *
 * @param name 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}
 * @param debits the accounts it may debit: whole names, or beginnings that end in {@code *}
 */
public record Principal(String name, List<String> debits) {

    /** @throws BayarException if the name or one of the patterns breaks the rule for names */
    public Principal {
        Names.require("principal", name);
        if (AccountId.of(name).isReserved()) {
            throw new BayarException(
                    "principal \"" + name + "\" is kept for the engine; choose one without \"bayar:\"");
        }
        debits = List.copyOf(debits);
        for (String pattern : debits) {
            String fixed = pattern.endsWith("*") ? pattern.substring(0, pattern.length() - 1) : pattern;
            if (!fixed.isEmpty() || pattern.isEmpty()) {
                Names.require("debit grant", fixed);
            }
        }
    }

    /** A principal that may debit no account yet. */
    public static Principal named(String name) {
        return new Principal(name, List.of());
    }

    /** This principal, allowed to debit these accounts too: whole names, or beginnings that end in {@code *}. */
    public Principal mayDebit(String... patterns) {
        List<String> all = new ArrayList<>(debits);
        all.addAll(List.of(patterns));
        return new Principal(name, all);
    }

    /** Whether it may debit this account. Never true for an account that the engine keeps for itself. */
    public boolean permitsDebit(AccountId account) {
        if (account.isReserved()) {
            return false;
        }
        String value = account.value();
        for (String pattern : debits) {
            int last = pattern.length() - 1;
            boolean matches =
                    pattern.charAt(last) == '*' ? value.regionMatches(0, pattern, 0, last) : value.equals(pattern);
            if (matches) {
                return true;
            }
        }
        return false;
    }
}
