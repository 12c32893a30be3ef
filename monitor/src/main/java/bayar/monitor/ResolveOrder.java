package bayar.monitor;

import bayar.BayarException;
import bayar.Money;
import bayar.Operator;
import bayar.Receipt;
import bayar.Resolution;
import bayar.UnresolvedPayment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says of a payment on the live page, in JSON.
 *
 * @param as the decision's code
 * @param amount how much was approved, in minor units of the payment's currency, or null for all
 */
record ResolveOrder(
        String principal, String id, String as, @Nullable Long amount, String by, String because) {

    /** @throws BayarException if something is missing, or it is no decision that can be taken */
    ResolveOrder {
        for (String field : new String[] {principal, id, as, by, because}) {
            if (field == null) {
                throw new BayarException("principal, id, as, by and because must be given");
            }
        }
        // All the rules but those on the amount's currency, which only the ledger knows.
        Resolution resolution = Resolution.of(principal, id, decision(as), by, because);
        if (amount != null && resolution.decision() != Resolution.Decision.APPROVED) {
            throw new BayarException("only what is approved has an amount");
        }
        if (amount != null && amount < 1) {
            throw new BayarException("amount " + amount + " is not 1 or more minor units");
        }
    }

    private static Resolution.Decision decision(String as) {
        Resolution.Decision decision = Resolution.Decision.ofCode(as);
        if (decision == null) {
            throw new BayarException("\"" + as + "\" is not approved, declined, not_executed, reverse or acknowledge");
        }
        return decision;
    }

    /** Has it done; completes as {@link Operator#resolve} does. */
    CompletableFuture<Receipt> tell(Operator operator) {
        return amount == null
                ? operator.resolve(resolution(null))
                : operator.unresolved(Integer.MAX_VALUE)
                        .thenCompose(unresolved -> operator.resolve(resolution(amountLike(unresolved, amount))));
    }

    private Resolution resolution(@Nullable Money approved) {
        return new Resolution(principal, id, decision(as), approved, by, because);
    }

    private Money amountLike(List<UnresolvedPayment> unresolved, long minor) {
        return unresolved.stream()
                .filter(payment -> payment.principal().equals(principal)
                        && payment.request().id().equals(id))
                .map(payment -> payment.receipt().amount())
                .filter(Objects::nonNull)
                .map(whole -> new Money(minor, whole.currency()))
                .findFirst()
                .orElseThrow(() ->
                        new BayarException("principal " + principal + " has no open payment " + id + " of an amount"));
    }
}
