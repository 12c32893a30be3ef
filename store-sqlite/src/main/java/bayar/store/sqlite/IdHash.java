package bayar.store.sqlite;

/** Maps a request's id and its principal to 64 bits, in a way that no client can foresee. */
@FunctionalInterface
interface IdHash {
    long of(long principal, byte[] id);
}
