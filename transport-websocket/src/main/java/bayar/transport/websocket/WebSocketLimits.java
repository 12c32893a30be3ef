package bayar.transport.websocket;

/**
 * What one connection may ask of the server.
 *
 * @param messageBytes the largest message, all its fragments together
 * @param fragments the most fragments of one message
 * @param pingsPerSecond the most pings and pongs of a peer in one second
 * @param messageNanos from a message's first fragment to its last, at most
 * @param closeNanos how long to wait for the peer's CLOSE
 */
record WebSocketLimits(int messageBytes, int fragments, int pingsPerSecond, long messageNanos, long closeNanos) {}
