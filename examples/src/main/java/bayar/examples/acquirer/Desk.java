package bayar.examples.acquirer;

import bayar.examples.acquirer.PaymentOrder.Type;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides and writes down, one at a time. So that whoever tests can choose the outcome, a card or the last two digits of
 * an amount say no (but for a void, which names no amount of its own):
 *
 * <ul>
 *   <li>an amount that ends in 05: {@code do_not_honor}; in 51: {@code insufficient_funds}; in 54: {@code card_expired};
 *       in 59: {@code suspected_fraud}; in 61: {@code amount_limit};
 *   <li>the card {@code tok_} and one of these words: declined with it;
 *   <li>the card {@value #PARTIAL}: an authorize or a sale is approved for half of it, rounded up.
 * </ul>
 *
 * Thread-safe.
 */
final class Desk {
    private static final Map<Long, String> REASON_BY_LAST_DIGITS = Map.of(
            5L, "do_not_honor",
            51L, "insufficient_funds",
            54L, "card_expired",
            59L, "suspected_fraud",
            61L, "amount_limit");

    private static final String PARTIAL = "tok_partial";

    private final Book book;
    private final Clock clock;

    Desk(Book book, Clock clock) {
        this.book = book;
        this.clock = clock;
    }

    /** Executes the order, unless its key was seen: then tells what became of that; null if that was another order. */
    synchronized @Nullable Entry execute(PaymentOrder order) throws IOException {
        Entry known = book.find(order.key());
        if (known != null) {
            return known.order() == null || known.order().equals(order) ? known : null;
        }
        Entry decided = decide(order, String.format("R%08d", book.size() + 1));
        book.write(decided);
        return decided;
    }

    /** What became of this key, or null when it was never seen. */
    synchronized @Nullable Entry find(String key) {
        return book.find(key);
    }

    /** Undoes it, or makes sure that it is never done; null if a later payment builds on it. */
    synchronized @Nullable Entry reverse(String key) throws IOException {
        Entry known = book.find(key);
        if (known != null && !known.isApproved()) {
            return known;
        }
        if (known != null && book.following(known).stream().anyMatch(Entry::isApproved)) {
            return null;
        }
        Entry reversed = known == null ? Entry.neverToBe(key, clock.instant()) : known.reversed(clock.instant());
        book.write(reversed);
        return reversed;
    }

    synchronized List<Entry> entries() {
        return book.entries();
    }

    private Entry decide(PaymentOrder order, String reference) {
        String refusal = refusal(order);
        if (refusal != null) {
            return Entry.declined(order, refusal, reference, clock.instant());
        }
        boolean isPart = PARTIAL.equals(order.card()) && !order.type().needsOriginal();
        long amount = isPart ? order.amount() / 2 + order.amount() % 2 : order.amount();
        return Entry.approved(order, amount, reference, clock.instant());
    }

    private @Nullable String refusal(PaymentOrder order) {
        String byAmount = order.type() == Type.VOID ? null : REASON_BY_LAST_DIGITS.get(order.amount() % 100);
        if (byAmount != null) {
            return byAmount;
        }
        for (String reason : REASON_BY_LAST_DIGITS.values()) {
            if (("tok_" + reason).equals(order.card())) {
                return reason;
            }
        }
        return order.original() == null ? null : refusalBy(book.original(order.original()), order);
    }

    private @Nullable String refusalBy(@Nullable Entry original, PaymentOrder order) {
        if (original == null) {
            return "original_unknown";
        }
        boolean isFit = order.type() == Type.REFUND
                ? original.is(Type.SALE) || original.is(Type.AUTHORIZE)
                : original.is(Type.AUTHORIZE);
        if (!original.isApproved() || !isFit || !Objects.equals(original.currency(), order.currency())) {
            return "original_unfit";
        }
        long authorized = original.executed(Type.AUTHORIZE);
        long captured = original.executed(Type.SALE);
        long refunded = 0;
        boolean isClosed = false;
        for (Entry later : book.following(original)) {
            captured += later.executed(Type.CAPTURE);
            refunded += later.executed(Type.REFUND);
            isClosed |= later.executed(Type.VOID) > 0
                    || later.executed(Type.CAPTURE) > 0
                            && Objects.requireNonNull(later.order()).isFinal();
        }
        if (order.type() == Type.REFUND) {
            return order.amount() > captured - refunded ? "exceeds_captured" : null;
        }
        if (isClosed) {
            return "original_unfit";
        }
        long left = authorized - captured;
        boolean isTooMuch = order.type() == Type.VOID ? order.amount() != left : order.amount() > left;
        return isTooMuch ? "exceeds_authorized" : null;
    }
}
