/** Messages: strict JSON from bytes to requests and from receipts to bytes, and the limits on input. */
@NullMarked
package bayar.codec;

import org.jspecify.annotations.NullMarked;
