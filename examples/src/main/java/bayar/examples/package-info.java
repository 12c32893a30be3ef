/** The command line: a runnable server, a client, the demo and the load generator. */
@NullMarked
package bayar.examples;

import org.jspecify.annotations.NullMarked;
