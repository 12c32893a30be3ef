package bayar.ledger;

/**
 * The ids of the ledger's own records about earlier payments: {@code bayar:outcome:} and the like, the payment's sequence,
 * a colon, and the record's own sequence.
 */
public final class StepId {
    private StepId() {}

    static String of(String type, long payment, long own) {
        return "bayar:" + type + ":" + payment + ":" + own;
    }

    /** The sequence of the payment that the record with this id is about; 0 when the id is not such a one. */
    public static long payment(String id) {
        String[] parts = id.split(":", -1);
        if (parts.length < 3 || !parts[0].equals("bayar")) {
            return 0;
        }
        try {
            return Long.parseLong(parts[2]);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
