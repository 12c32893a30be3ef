package bayar;

/** What a {@link Processor} and a {@link BlockingProcessor} have in common. */
public interface ProcessorTraits {
    /** What the engine may rely on; by default nothing. Asked once, when the engine starts. */
    default Capabilities capabilities() {
        return Capabilities.NONE;
    }

    /**
     * Reads a message that claims to come from the outside world and to tell an outcome (a webhook), and verifies that it
     * does: its signature, and its age where the signature covers one. Pure, may be called from any thread.
     *
     * @return what it tells; must not be null
     * @throws NotificationException if it is not authentic or not understood, as by default
     */
    default Notice read(Notification notification) {
        throw new NotificationException("this processor takes no notifications");
    }
}
