/** Messages in frames over plain TCP. */
@NullMarked
package bayar.transport.tcp;

import org.jspecify.annotations.NullMarked;
