/** Bytes in, bytes out: the SPI of transports, which knows nothing of money. */
@NullMarked
package bayar.transport;

import org.jspecify.annotations.NullMarked;
