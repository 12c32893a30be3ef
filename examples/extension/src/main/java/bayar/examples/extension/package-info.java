/** An example of what an integrator adds to Bayar: a verifier, plugged in by an extension. */
@NullMarked
package bayar.examples.extension;

import org.jspecify.annotations.NullMarked;
