package bayar.examples.extension;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Extension;
import bayar.PaymentEvent;
import bayar.Status;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plugs the {@link HouseRulesVerifier} in and counts what was decided. Found on the class path by its name in
 * {@code META-INF/services/bayar.Extension}.
 *
 * <p>Configured by two system properties, or environment variables where those are not set:
 *
 * <ul>
 *   <li>{@code house.max-amount} or {@code HOUSE_MAX_AMOUNT}: the largest amount in minor units; 100000 when not given
 *   <li>{@code house.blocked-payees} or {@code HOUSE_BLOCKED_PAYEES}: account names with commas between; none when not
 *       given
 * </ul>
 */
public final class HouseRules implements Extension {
    private static final Logger LOG = LoggerFactory.getLogger(HouseRules.class);
    private static final String DEFAULT_MAX_AMOUNT_MINOR = "100000";
    private static final int LOG_EVERY = 1000;

    private final UnaryOperator<@Nullable String> configuration;
    private final AtomicLong approved = new AtomicLong();
    private final AtomicLong declined = new AtomicLong();

    /** For {@link java.util.ServiceLoader}: configured by system properties and the environment. */
    public HouseRules() {
        this(HouseRules::propertyOrVariable);
    }

    /** @param configuration gives the value of a property, or null when it is not set */
    HouseRules(UnaryOperator<@Nullable String> configuration) {
        this.configuration = configuration;
    }

    @Override
    public void install(Registrar registrar) {
        long maxAmountMinor = maxAmountMinor(value("house.max-amount", DEFAULT_MAX_AMOUNT_MINOR));
        Set<AccountId> blockedPayees = Stream.of(
                        value("house.blocked-payees", "").split(","))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .map(AccountId::of)
                .collect(Collectors.toSet());
        registrar.verifier(new HouseRulesVerifier(maxAmountMinor, blockedPayees));
        LOG.info("House rules: at most {} minor units, {} payees blocked", maxAmountMinor, blockedPayees.size());
    }

    @Override
    public void onPayment(PaymentEvent event) {
        (event.receipt().status() == Status.APPROVED ? approved : declined).incrementAndGet();
        long total = approved.get() + declined.get();
        if (total % LOG_EVERY == 0) {
            LOG.info("House rules: {} approved, {} declined so far", approved, declined);
        }
    }

    /** How many payments were approved since the start. */
    public long approved() {
        return approved.get();
    }

    /** How many payments were declined, or are not final yet, since the start. */
    public long declined() {
        return declined.get();
    }

    private String value(String property, String otherwise) {
        String value = configuration.apply(property);
        return value == null ? otherwise : value;
    }

    private static long maxAmountMinor(String value) {
        try {
            return Long.parseLong(value.trim());
        } catch (NumberFormatException e) {
            throw new BayarException(
                    "house.max-amount \"" + value + "\" is not a whole number of minor units, such as 100000", e);
        }
    }

    private static @Nullable String propertyOrVariable(String property) {
        String value = System.getProperty(property);
        return value != null
                ? value
                : System.getenv(property.toUpperCase(java.util.Locale.ROOT).replaceAll("[.-]", "_"));
    }
}
