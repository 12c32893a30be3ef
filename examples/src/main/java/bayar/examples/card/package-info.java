/** An example of a processor: a gateway to a card acquirer over HTTP. */
@NullMarked
package bayar.examples.card;

import org.jspecify.annotations.NullMarked;
