/** A card acquirer to try a gateway against: a simulator with a durable book, and with faults on demand. */
@NullMarked
package bayar.examples.acquirer;

import org.jspecify.annotations.NullMarked;
