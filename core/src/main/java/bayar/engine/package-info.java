/** The engine: from a message to a durable decision and its reply. */
@NullMarked
package bayar.engine;

import org.jspecify.annotations.NullMarked;
