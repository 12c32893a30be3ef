package bayar.store.sqlite;

import bayar.BayarException;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Status;
import bayar.ledger.Ledger;
import bayar.ledger.StepId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Adds up what the records of a ledger say, from the first one on: what is on each account and held of it, and what became
 * of each payment.
 *
 * <p>Keeps in memory what later records did to each authorization and to each sale that was refunded, and each payment
 * that a processor did.
 */
final class Replay {
    /** A payment by the id that its principal gave it. */
    record Reference(long principal, @Nullable String id) {}

    /** What later records did to the sums of one payment; for an authorization also what is still held of it, and where. */
    static final class Acts {
        long authorized;
        long captured;
        long released;
        long refunded;
        long capturing;
        long refunding;

        private int account;
        private long open;
        private long sequence;
        private long expiresMillis;

        boolean areNone() {
            return authorized == 0
                    && captured == 0
                    && released == 0
                    && refunded == 0
                    && capturing == 0
                    && refunding == 0;
        }

        long expiresMillis() {
            return expiresMillis;
        }

        private long free() {
            return open - capturing;
        }
    }

    /** A payment that a processor does, and what was told of it. */
    static final class Outside {
        private final Kind kind;
        private final int debited;
        private final long asked;
        /** What is done to the payment itself, or to the earlier one that it acts on. */
        private final Acts acts;

        private Status status = Status.PENDING;
        private long step;
        private long doubtMillis;
        private @Nullable String reference;
        private int anomalies;
        private int contradicted;

        private Outside(Kind kind, int debited, long asked, Acts acts) {
            this.kind = kind;
            this.debited = debited;
            this.asked = asked;
            this.acts = acts;
        }

        long step() {
            return step;
        }

        long doubtMillis() {
            return doubtMillis;
        }

        @Nullable
        String reference() {
            return reference;
        }

        /** How many anomalies nobody has acknowledged. */
        int anomalies() {
            return anomalies;
        }

        /** How many anomalies there ever were. */
        int contradicted() {
            return contradicted;
        }

        boolean isUnresolved() {
            return !status.isFinal() || anomalies != 0;
        }
    }

    private long[] postedByAccount = new long[1024];
    private long[] heldByAccount = new long[1024];
    private final Map<Reference, Acts> actsByPayment = new HashMap<>();
    private final Map<Long, Acts> openBySequence = new HashMap<>();
    private final Map<Long, Outside> outsideBySequence = new HashMap<>();
    private long ledgerPrincipal;
    private @Nullable String problem;

    /** Makes room for accounts up to this number. */
    void reachAccount(long last) {
        if (last >= postedByAccount.length) {
            int length = Math.toIntExact(Math.max(last + 1, postedByAccount.length * 2L));
            postedByAccount = Arrays.copyOf(postedByAccount, length);
            heldByAccount = Arrays.copyOf(heldByAccount, length);
        }
    }

    /** @param number of the principal whose records the ledger's own are; 0 while there is none */
    void ledgerPrincipal(long number) {
        ledgerPrincipal = number;
    }

    /** What is wrong with the records, in words; null while nothing is. */
    @Nullable
    String problem() {
        return problem;
    }

    long posted(long account) {
        return postedByAccount[(int) account];
    }

    long held(long account) {
        return heldByAccount[(int) account];
    }

    /** What was done to payments; of those that are not there, nothing was. */
    Map<Reference, Acts> actsByPayment() {
        return actsByPayment;
    }

    /** The authorizations that are open. */
    Map<Long, Acts> openBySequence() {
        return openBySequence;
    }

    /** The payments that a processor does, or did. */
    Map<Long, Outside> outsideBySequence() {
        return outsideBySequence;
    }

    /** Adds the next record. */
    void add(
            long sequence,
            long timeMillis,
            long principal,
            byte[] idBytes,
            Kind kind,
            long debited,
            long credited,
            long amount,
            @Nullable String detail) {
        if (outside(debited) || outside(credited)) {
            // The hash will not fit either.
            return;
        }
        if (kind.money() == MoneyEffect.MOVED && debited != 0 && credited != 0) {
            postedByAccount[(int) debited] -= amount;
            postedByAccount[(int) credited] += amount;
        }
        Operation type = kind.type();
        Status status = kind.reason().status();
        boolean isStep = isStep(type);
        boolean standsAlone = type == Operation.SALE || type == Operation.TRANSFER;
        boolean isDone = status == Status.APPROVED && !standsAlone;
        if (!isStep && !isDone && status != Status.PENDING) {
            return;
        }
        try {
            String id = new String(idBytes, StandardCharsets.ISO_8859_1);
            Detail details = Detail.ofJson(detail);
            Reference itself = new Reference(principal, id);
            Reference original = new Reference(principal, details.payment());
            if (isStep) {
                step(sequence, timeMillis, itself, kind, amount, details);
            } else if (status == Status.PENDING) {
                Acts acts = acts(details.payment() == null ? itself : original);
                Outside payment = new Outside(kind, (int) debited, amount, acts);
                outsideBySequence.put(sequence, payment);
                reserve(payment);
            } else if (type == Operation.AUTHORIZE) {
                authorize(acts(itself), sequence, (int) debited, amount, details.expiresMillis());
            } else {
                boolean isExpiry = principal == ledgerPrincipal && type == Operation.VOID;
                act(sequence, kind, isExpiry ? expired(sequence, id) : acts(original), amount);
            }
        } catch (JacksonException | BayarException e) {
            problem = "the detail of payment " + sequence + " is not what was written (" + e.getMessage() + ")";
        }
    }

    private boolean outside(long account) {
        return account < 0 || account >= postedByAccount.length;
    }

    private static boolean isStep(Operation type) {
        return type == Operation.OUTCOME
                || type == Operation.REVERSAL
                || type == Operation.ANOMALY
                || type == Operation.ACKNOWLEDGEMENT;
    }

    private Acts acts(Reference payment) {
        return actsByPayment.computeIfAbsent(payment, unknown -> new Acts());
    }

    private Acts expired(long sequence, String id) {
        Acts found = openBySequence.get(Ledger.sequenceOfExpired(id));
        if (found == null) {
            problem = nothingHeld(sequence);
        }
        return found == null ? new Acts() : found;
    }

    private static String nothingHeld(long sequence) {
        return "payment " + sequence + " acts on an authorization of which nothing is held";
    }

    private void authorize(Acts acts, long sequence, int account, long amount, long expiresMillis) {
        acts.account = account;
        acts.open = amount;
        acts.sequence = sequence;
        acts.expiresMillis = expiresMillis;
        heldByAccount[account] += amount;
        keepOpen(acts);
    }

    /** What a capture, a void or a refund did to the payment that it acts on. */
    private void act(long sequence, Kind kind, Acts original, long amount) {
        if (kind.type() == Operation.REFUND) {
            original.refunded += amount;
            return;
        }
        if (original.open == 0) {
            problem = nothingHeld(sequence);
        }
        if (kind.type() == Operation.CAPTURE) {
            original.captured += amount;
            release(original, amount);
        }
        if (kind.type() == Operation.VOID || kind.isFinal()) {
            long rest = original.free();
            original.released += rest;
            release(original, rest);
        }
        keepOpen(original);
    }

    private void release(Acts acts, long amount) {
        acts.open -= amount;
        heldByAccount[acts.account] -= amount;
    }

    private void keepOpen(Acts acts) {
        if (acts.free() > 0) {
            openBySequence.put(acts.sequence, acts);
        } else {
            openBySequence.remove(acts.sequence);
        }
    }

    /** Reserves what a payment needs while its processor is at work. */
    private void reserve(Outside payment) {
        Acts acts = payment.acts;
        switch (payment.kind.type()) {
            case CAPTURE -> acts.capturing += payment.kind.isFinal() ? acts.free() : payment.asked;
            case VOID -> acts.capturing += acts.free();
            case REFUND -> {
                acts.refunding += payment.asked;
                heldByAccount[payment.debited] += payment.asked;
            }
            default -> heldByAccount[payment.debited] += payment.asked;
        }
        keepOpenOfOriginal(payment);
    }

    /** Gives back what was reserved. */
    private void giveBack(Outside payment) {
        Acts acts = payment.acts;
        switch (payment.kind.type()) {
            case CAPTURE -> acts.capturing -= payment.kind.isFinal() ? acts.capturing : payment.asked;
            case VOID -> acts.capturing = 0;
            case REFUND -> {
                acts.refunding -= payment.asked;
                heldByAccount[payment.debited] -= payment.asked;
            }
            default -> heldByAccount[payment.debited] -= payment.asked;
        }
        keepOpenOfOriginal(payment);
    }

    private void keepOpenOfOriginal(Outside payment) {
        if (payment.acts.sequence != 0) {
            keepOpen(payment.acts);
        }
    }

    private void step(long sequence, long timeMillis, Reference itself, Kind kind, long amount, Detail details) {
        long about = StepId.payment(String.valueOf(itself.id()));
        Outside payment = outsideBySequence.get(about);
        if (payment == null || itself.principal() != ledgerPrincipal) {
            problem = "record " + sequence + " is about a payment that no processor does";
            return;
        }
        switch (kind.type()) {
            case ANOMALY -> {
                payment.anomalies++;
                payment.contradicted++;
            }
            case ACKNOWLEDGEMENT -> payment.anomalies = 0;
            default -> {
                if (payment.status.isFinal()) {
                    problem = "record " + sequence + " is about payment " + about + ", which was settled before";
                }
                tell(payment, sequence, timeMillis, kind, details);
                if (payment.status.isFinal()) {
                    giveBack(payment);
                }
                if (payment.status == Status.APPROVED) {
                    approve(payment, about, amount, details.expiresMillis());
                }
            }
        }
    }

    private static void tell(Outside payment, long sequence, long timeMillis, Kind kind, Detail details) {
        payment.step = sequence;
        payment.status = kind.reason().status();
        if (payment.doubtMillis == 0 && payment.status == Status.IN_DOUBT) {
            payment.doubtMillis = timeMillis;
        }
        String reference = details.metadata().get("reference");
        if (reference != null) {
            payment.reference = reference;
        }
    }

    private void approve(Outside payment, long sequence, long amount, long expiresMillis) {
        Acts acts = payment.acts;
        switch (payment.kind.type()) {
            case AUTHORIZE -> {
                acts.authorized += amount;
                authorize(acts, sequence, payment.debited, amount, expiresMillis);
            }
            case SALE -> {
                acts.authorized += amount;
                acts.captured += amount;
            }
            case TRANSFER -> {}
            default -> act(payment.step, payment.kind, acts, amount);
        }
    }
}
