/** The deterministic state machine: accounts, payments, and the table of what may follow what. */
@NullMarked
package bayar.ledger;

import org.jspecify.annotations.NullMarked;
