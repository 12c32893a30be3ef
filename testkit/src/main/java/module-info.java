/** Contract tests for Bayar's SPIs, and fakes to test with. */
module bayar.testkit {
    requires static transitive org.jspecify;
    requires transitive bayar.core;
    requires transitive org.junit.jupiter.api;

    exports bayar.testkit;
}
