package bayar.transport.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** The least of a protocol: lines; one that is "hello" opens the connection, unless it is open from the start. */
final class LineProtocol implements Protocol {
    private final Link link;
    private boolean open;

    LineProtocol(Link link, boolean open) {
        this.link = link;
        this.open = open;
        if (open) {
            link.opened();
        }
    }

    @Override
    public void onBytes(ByteBuffer input) {
        for (int end = endOfLine(input); end >= 0 && !link.isPaused(); end = endOfLine(input)) {
            byte[] line = new byte[end - input.position()];
            input.get(line).get();
            if (open) {
                link.deliver(7, line);
            } else if (new String(line, UTF_8).equals("hello")) {
                open = true;
                link.opened();
            }
        }
    }

    private static int endOfLine(ByteBuffer input) {
        for (int i = input.position(); i < input.limit(); i++) {
            if (input.get(i) == '\n') {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void onEnd() {}

    @Override
    public void onReply(int kind, byte[] reply) {
        if (kind != 7) {
            throw new AssertionError("kind " + kind);
        }
        link.write(ByteBuffer.wrap(reply));
        link.write(ByteBuffer.wrap(new byte[] {'\n'}));
    }

    @Override
    public void onDrain() {
        link.write(ByteBuffer.wrap("bye\n".getBytes(UTF_8)));
        link.closeAfterWrites();
    }
}
