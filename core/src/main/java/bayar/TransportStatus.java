package bayar;

/**
 * How a transport is at this moment, and what it has done since it was started.
 *
 * @param name its name, such as {@code tcp}
 * @param open how many connections there are
 * @param accepted how many it has accepted
 * @param refused how many it has closed at once, since there were too many
 * @param slow how many it has closed since they did not read what was sent to them
 * @param broken how many it has closed since they did not keep to the protocol, or kept it waiting
 * @param bytesIn how many bytes it has received
 * @param bytesOut how many bytes it has sent
 */
public record TransportStatus(
        String name, long open, long accepted, long refused, long slow, long broken, long bytesIn, long bytesOut) {

    /** Of a transport that tells nothing of itself. */
    public static TransportStatus unknown(String name) {
        return new TransportStatus(name, 0, 0, 0, 0, 0, 0, 0);
    }
}
