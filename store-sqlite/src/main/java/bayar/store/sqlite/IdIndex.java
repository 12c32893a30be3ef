package bayar.store.sqlite;

import java.sql.SQLException;

/**
 * Where in the ledger an id stands: from 64-bit hashes to sequence numbers, in memory.
 *
 * <p>A slot is one {@code long}: the low half of the hash above, the sequence number below; 0 is an empty slot, since
 * sequence numbers begin at 1. The top bits of the hash choose one of {@value #SEGMENTS} segments, the low half of it
 * the slot where the search begins; occupied slots are stepped over. Each segment doubles by itself once three quarters
 * of it are taken, so growth is spread over many commits and never stops the ledger for long. That makes 11 to 21 bytes
 * per payment.
 *
 * <p>Only 42 bits of a hash take part, so another id may look the same: whoever asks compares with the row.
 */
final class IdIndex {
    /** The highest sequence number that fits a slot. */
    static final long MAX_SEQUENCE = 0xffff_ffffL;

    private static final int SEGMENT_BITS = 10;
    private static final int SEGMENTS = 1 << SEGMENT_BITS;
    private static final int MIN_SLOTS = 16;

    private final long[][] slotsBySegment = new long[SEGMENTS][];
    private final int[] takenBySegment = new int[SEGMENTS];

    /** An index that holds {@code expected} entries before it has to grow. */
    IdIndex(long expected) {
        long perSegment = expected / SEGMENTS;
        // Segments fill unevenly: leave room for a few standard deviations.
        long wanted = perSegment + 4 * (long) Math.sqrt(perSegment);
        int slots = MIN_SLOTS;
        while (wanted > roomIn(slots)) {
            slots *= 2;
        }
        for (int i = 0; i < SEGMENTS; i++) {
            slotsBySegment[i] = new long[slots];
        }
    }

    /** Says whether the payment with this sequence number is the one that is looked for. */
    @FunctionalInterface
    interface Match {
        boolean test(long sequence) throws SQLException;
    }

    /** The sequence number filed under this hash that {@code match} accepts; 0 when there is none. */
    long find(long hash, Match match) throws SQLException {
        long[] slots = slotsBySegment[segment(hash)];
        int mask = slots.length - 1;
        for (int i = (int) hash & mask; slots[i] != 0; i = (i + 1) & mask) {
            if ((int) (slots[i] >>> 32) == (int) hash && match.test(slots[i] & MAX_SEQUENCE)) {
                return slots[i] & MAX_SEQUENCE;
            }
        }
        return 0;
    }

    /** What is in the slot where the search for this hash begins. */
    long firstSlot(long hash) {
        long[] slots = slotsBySegment[segment(hash)];
        return slots[(int) hash & slots.length - 1];
    }

    void add(long hash, long sequence) {
        int segment = segment(hash);
        if (takenBySegment[segment] == roomIn(slotsBySegment[segment].length)) {
            grow(segment);
        }
        put(slotsBySegment[segment], hash << 32 | sequence);
        takenBySegment[segment]++;
    }

    /** How much memory the slots take. */
    long bytes() {
        long bytes = 0;
        for (long[] slots : slotsBySegment) {
            bytes += 8L * slots.length;
        }
        return bytes;
    }

    private void grow(int segment) {
        long[] larger = new long[slotsBySegment[segment].length * 2];
        for (long slot : slotsBySegment[segment]) {
            if (slot != 0) {
                put(larger, slot);
            }
        }
        slotsBySegment[segment] = larger;
    }

    private static void put(long[] slots, long slot) {
        int mask = slots.length - 1;
        int i = (int) (slot >>> 32) & mask;
        while (slots[i] != 0) {
            i = (i + 1) & mask;
        }
        slots[i] = slot;
    }

    private static int segment(long hash) {
        return (int) (hash >>> (64 - SEGMENT_BITS));
    }

    private static int roomIn(int slots) {
        return slots / 4 * 3;
    }
}
