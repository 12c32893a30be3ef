/** The command line: a runnable server, a client and the demo. */
@NullMarked
package bayar.examples;

import org.jspecify.annotations.NullMarked;
