/** The Java client: signs, pipelines, correlates, times out, and sends the same id again. */
@NullMarked
package bayar.client;

import org.jspecify.annotations.NullMarked;
