/** Metrics, health, traces and the live page of a running engine. */
module bayar.monitor {
    requires static transitive org.jspecify;
    requires transitive bayar.core;
    requires transitive micrometer.core;
    requires micrometer.registry.prometheus;
    requires io.prometheus.metrics.model;
    requires static transitive io.opentelemetry.api;
    requires static io.opentelemetry.context;
    requires java.management;
    requires jdk.httpserver;
    requires java.logging;
    requires static ch.qos.logback.classic;
    requires static org.apache.logging.log4j;
    requires static org.apache.logging.log4j.core;
    requires org.slf4j;
    requires tools.jackson.databind;

    exports bayar.monitor;

    uses bayar.monitor.LogLevels;

    opens bayar.monitor to
            tools.jackson.databind;
}
