/** The embedded durable store: one SQLite file. */
module bayar.store.sqlite {
    requires static transitive org.jspecify;
    requires transitive bayar.core;
    requires java.sql;
    requires org.slf4j;
    requires tools.jackson.core;
    requires org.xerial.sqlitejdbc;

    exports bayar.store.sqlite;
}
