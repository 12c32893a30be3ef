@NullMarked
package bayar.monitor;

import org.jspecify.annotations.NullMarked;
