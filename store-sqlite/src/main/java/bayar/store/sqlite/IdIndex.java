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
    private static final int MIN_SIZE = 16;

    /**
     * A segment's size is a power of two and counts the header of its array: one that is larger by a header would take
     * twice the room in G1, which gives large arrays whole regions.
     */
    private static final int HEADER_SLOTS = 2;

    private final long[][] slotsBySegment = new long[SEGMENTS][];
    private final int[] takenBySegment = new int[SEGMENTS];

    /** An index that holds {@code expected} entries before it has to grow. */
    IdIndex(long expected) {
        long perSegment = expected / SEGMENTS;
        // Segments fill unevenly: leave room for a few standard deviations.
        long wanted = perSegment + 4 * (long) Math.sqrt(perSegment);
        int size = MIN_SIZE;
        while (wanted > roomIn(size)) {
            size *= 2;
        }
        for (int i = 0; i < SEGMENTS; i++) {
            slotsBySegment[i] = slots(size);
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
        for (int i = first(slots, (int) hash); slots[i] != 0; i = next(slots, i)) {
            if ((int) (slots[i] >>> 32) == (int) hash && match.test(slots[i] & MAX_SEQUENCE)) {
                return slots[i] & MAX_SEQUENCE;
            }
        }
        return 0;
    }

    /** What is in the slot where the search for this hash begins. */
    long firstSlot(long hash) {
        long[] slots = slotsBySegment[segment(hash)];
        return slots[first(slots, (int) hash)];
    }

    void add(long hash, long sequence) {
        int segment = segment(hash);
        if (takenBySegment[segment] == roomIn(size(slotsBySegment[segment]))) {
            grow(segment);
        }
        put(slotsBySegment[segment], hash << 32 | sequence);
        takenBySegment[segment]++;
    }

    /** How much memory the segments take. */
    long bytes() {
        long bytes = 0;
        for (long[] slots : slotsBySegment) {
            bytes += 8L * size(slots);
        }
        return bytes;
    }

    /** The segments' slots, for tests. */
    long[][] segments() {
        return slotsBySegment;
    }

    private void grow(int segment) {
        long[] larger = slots(2 * size(slotsBySegment[segment]));
        for (long slot : slotsBySegment[segment]) {
            if (slot != 0) {
                put(larger, slot);
            }
        }
        slotsBySegment[segment] = larger;
    }

    private static void put(long[] slots, long slot) {
        int i = first(slots, (int) (slot >>> 32));
        while (slots[i] != 0) {
            i = next(slots, i);
        }
        slots[i] = slot;
    }

    private static long[] slots(int size) {
        return new long[size - HEADER_SLOTS];
    }

    private static int size(long[] slots) {
        return slots.length + HEADER_SLOTS;
    }

    /** Where the search for this half of a hash begins. */
    private static int first(long[] slots, int hash) {
        int i = hash & size(slots) - 1;
        return i < slots.length ? i : i - slots.length;
    }

    private static int next(long[] slots, int i) {
        return i + 1 < slots.length ? i + 1 : 0;
    }

    private static int segment(long hash) {
        return (int) (hash >>> (64 - SEGMENT_BITS));
    }

    private static int roomIn(int size) {
        return size / 4 * 3;
    }
}
