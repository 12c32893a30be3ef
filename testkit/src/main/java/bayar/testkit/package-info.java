/** Contract tests for the SPIs of Bayar, and fakes: for integrators as for Bayar itself. */
@NullMarked
package bayar.testkit;

import org.jspecify.annotations.NullMarked;
