/** The embedded durable store: one SQLite file that people can open, query, back up and trust. */
@NullMarked
package bayar.store.sqlite;

import org.jspecify.annotations.NullMarked;
