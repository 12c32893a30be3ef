package bayar.store.sqlite;

import java.sql.SQLException;
import java.util.Arrays;

/**
 * Where in the ledger an id stands: from 64-bit hashes to sequence numbers, in memory.
 *
 * <p>A slot is one {@code long}: the low half of the hash above, the sequence number below; 0 is an empty slot, since
 * sequence numbers begin at 1. Slots lie in pages; the hash chooses the page, and in it the slot where the search begins;
 * occupied slots are stepped over. Whenever more than {@value #FILLED}/16 of all are taken, one page is split, each in its
 * turn, as the pages are numbered (linear hashing: Litwin, <i>Linear Hashing: A New Tool for File and Table Addressing</i>,
 * VLDB 1980). So growth is the same little work all the time, moves a page and no more, and leaves nothing behind for the
 * garbage collector to copy. That makes 18 to 19 bytes per payment.
 *
 * <p>Only {@value #HASH_BITS} bits of a hash take part, so another id may look the same: whoever asks compares with the row.
 */
final class IdIndex {
    /** The highest sequence number that fits a slot. */
    static final long MAX_SEQUENCE = 0xffff_ffffL;

    /** Of a page that is split last in its turn twice as many are taken: seven eighths. */
    private static final int FILLED = 7;

    /** Less than a power of two, so that many of them and the header of an array fill one. */
    private static final int PAGE_SLOTS = 2047;

    private static final int SLAB_PAGE_BITS = 8;

    /**
     * Pages are made so many at a time: 4 MiB with the array's header. That is half a region of G1's or more, unless the
     * heap is very large, so that it stays where it is made, and fills whole regions.
     */
    private static final int SLAB_PAGES = 1 << SLAB_PAGE_BITS;

    /** What chooses among the first pages comes from the top of the hash, which the slots do not keep. */
    private static final int FIRST_PAGE_BITS = 4;

    private static final int FIRST_PAGES = 1 << FIRST_PAGE_BITS;
    private static final int HASH_BITS = 32 + FIRST_PAGE_BITS;
    /** 2<sup>32</sup> over the golden ratio: spreads hashes that have the bits of their page in common. */
    private static final int SPREAD = 0x9e3779b9;

    private long[][] slabs = {new long[FIRST_PAGES * PAGE_SLOTS]};
    private int pages = FIRST_PAGES;
    private long taken;
    private final long[] splitting = new long[PAGE_SLOTS];

    /** What found no place in its page, which does not happen with a good hash. */
    private long[] overflow = new long[0];

    private int overflowed;

    /** An index that holds {@code expected} entries before it has to grow. */
    IdIndex(long expected) {
        while (isFull(expected)) {
            addPage();
        }
    }

    /** Says whether the payment with this sequence number is the one that is looked for. */
    @FunctionalInterface
    interface Match {
        boolean test(long sequence) throws SQLException;
    }

    /** The sequence number filed under this hash that {@code match} accepts; 0 when there is none. */
    long find(long hash, Match match) throws SQLException {
        int page = page(hash);
        long[] slab = slabs[slabOf(page)];
        int begin = begin(page);
        int i = first(begin, (int) hash);
        for (int left = PAGE_SLOTS; left > 0 && slab[i] != 0; left--) {
            if (isFound(slab[i], (int) hash, match)) {
                return slab[i] & MAX_SEQUENCE;
            }
            i = next(begin, i);
        }
        for (int k = 0; k < overflowed; k++) {
            if (isFound(overflow[k], (int) hash, match)) {
                return overflow[k] & MAX_SEQUENCE;
            }
        }
        return 0;
    }

    private static boolean isFound(long slot, int hash, Match match) throws SQLException {
        return (int) (slot >>> 32) == hash && match.test(slot & MAX_SEQUENCE);
    }

    /** What is in the slot where the search for this hash begins. */
    long firstSlot(long hash) {
        int page = page(hash);
        return slabs[slabOf(page)][first(begin(page), (int) hash)];
    }

    void add(long hash, long sequence) {
        put(page(hash), hash << 32 | sequence);
        taken++;
        if (isFull(taken)) {
            split();
        }
    }

    /** How much memory the slots take. */
    long bytes() {
        long slots = overflow.length;
        for (long[] slab : slabs) {
            slots += slab == null ? 0 : slab.length;
        }
        return slots * Long.BYTES;
    }

    private boolean isFull(long entries) {
        return entries * 16 > (long) pages * PAGE_SLOTS * FILLED;
    }

    private void split() {
        int page = pages - Integer.highestOneBit(pages);
        addPage();
        long[] slab = slabs[slabOf(page)];
        int begin = begin(page);
        System.arraycopy(slab, begin, splitting, 0, PAGE_SLOTS);
        Arrays.fill(slab, begin, begin + PAGE_SLOTS, 0);
        for (long slot : splitting) {
            if (slot != 0) {
                put(page(slot >>> 32, page), slot);
            }
        }
    }

    private void addPage() {
        int slab = slabOf(pages);
        if (slab == slabs.length) {
            slabs = Arrays.copyOf(slabs, 2 * slab);
        }
        if (slab == 0) {
            // A small ledger has no need of a whole slab.
            if (begin(pages) == slabs[0].length) {
                slabs[0] = Arrays.copyOf(slabs[0], 2 * slabs[0].length);
            }
        } else if (slabs[slab] == null) {
            slabs[slab] = new long[SLAB_PAGES * PAGE_SLOTS];
        }
        pages++;
    }

    private void put(int page, long slot) {
        long[] slab = slabs[slabOf(page)];
        int begin = begin(page);
        int i = first(begin, (int) (slot >>> 32));
        for (int left = PAGE_SLOTS; left > 0; left--) {
            if (slab[i] == 0) {
                slab[i] = slot;
                return;
            }
            i = next(begin, i);
        }
        if (overflowed == overflow.length) {
            overflow = Arrays.copyOf(overflow, 1 + 2 * overflowed);
        }
        overflow[overflowed++] = slot;
    }

    private int page(long hash) {
        return page(Integer.toUnsignedLong((int) hash), (int) (hash >>> (64 - FIRST_PAGE_BITS)));
    }

    /** @param first a page that has the same low bits as the first one that this hash was in */
    private int page(long lowHash, int first) {
        long address = lowHash << FIRST_PAGE_BITS | first & FIRST_PAGES - 1;
        int unsplit = Integer.highestOneBit(pages);
        int page = (int) (address & unsplit - 1);
        return page < pages - unsplit ? (int) (address & 2L * unsplit - 1) : page;
    }

    private static int slabOf(int page) {
        return page >> SLAB_PAGE_BITS;
    }

    /** Where in its slab this page begins. */
    private static int begin(int page) {
        return (page & SLAB_PAGES - 1) * PAGE_SLOTS;
    }

    /** Where the search for this half of a hash begins, in the page that begins there. */
    private static int first(int begin, int hash) {
        return begin + (int) (Integer.toUnsignedLong(hash * SPREAD) * PAGE_SLOTS >>> 32);
    }

    private static int next(int begin, int i) {
        return i + 1 < begin + PAGE_SLOTS ? i + 1 : begin;
    }
}
