/** What a store must do, and the store in memory. */
@NullMarked
package bayar.store;

import org.jspecify.annotations.NullMarked;
