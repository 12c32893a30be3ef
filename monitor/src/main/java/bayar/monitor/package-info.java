/** What an operator sees of a running engine: metrics, health, traces, a live page. */
@NullMarked
package bayar.monitor;

import org.jspecify.annotations.NullMarked;
