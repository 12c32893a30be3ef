package bayar.ledger;

import java.util.Locale;

/** Who told what became of a payment that a processor does. */
public enum Source {
    /** The processor, when it did it. */
    PROCESS,
    /** The processor, when it was asked. */
    INQUIRY,
    /** The processor, when it was told to undo it. */
    REVERSAL,
    /** The processor, of its own accord. */
    NOTIFICATION,
    /** The engine, which was restarted meanwhile, or has a payment undone. */
    ENGINE,
    /** An operator. */
    OPERATOR;

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The word for it in records and logs, in lower case. */
    public String code() {
        return code;
    }
}
