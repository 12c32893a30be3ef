/** The load generator, the servers that it compares, and the scenarios that it plays. */
@NullMarked
package bayar.benchmarks;

import org.jspecify.annotations.NullMarked;
