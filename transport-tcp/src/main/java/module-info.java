/** Bayar's event loops on java.nio, and the TCP transport on them. */
module bayar.transport.tcp {
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires transitive bayar.core;

    exports bayar.transport.tcp;
    exports bayar.transport.nio to
            bayar.transport.websocket;
}
