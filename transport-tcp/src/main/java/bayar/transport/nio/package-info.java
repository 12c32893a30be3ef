/** Event loops on java.nio that carry any protocol over TCP: one acceptor, N loops, each connection pinned to one. */
@NullMarked
package bayar.transport.nio;

import org.jspecify.annotations.NullMarked;
