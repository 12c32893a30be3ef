/** The WebSocket transport: RFC 6455 by Java-WebSocket, on Bayar's event loops. */
module bayar.transport.websocket {
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires org.java_websocket;
    requires transitive bayar.core;
    requires transitive bayar.transport.tcp;
    requires java.net.http;

    exports bayar.transport.websocket;
}
