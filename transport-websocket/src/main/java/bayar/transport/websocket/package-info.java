/** Messages over WebSocket. */
@NullMarked
package bayar.transport.websocket;

import org.jspecify.annotations.NullMarked;
