/** Bayar's core: vocabulary, SPIs, codec, verifiers, ledger, engine and the memory store. */
module bayar.core {
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires jdk.jfr;
    requires org.bouncycastle.provider;
    requires com.github.benmanes.caffeine;
    requires io.github.resilience4j.circuitbreaker;
    requires tools.jackson.databind;

    exports bayar;
    exports bayar.auth;
    exports bayar.client;
    exports bayar.codec;
    exports bayar.engine;
    exports bayar.ledger;
    exports bayar.store;
    exports bayar.transport;

    uses bayar.Extension;
}
