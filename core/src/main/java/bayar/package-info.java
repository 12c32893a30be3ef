/** The vocabulary of payments, and the SPIs {@link bayar.Verifier}, {@link bayar.Processor} and {@link bayar.Extension}. */
@NullMarked
package bayar;

import org.jspecify.annotations.NullMarked;
