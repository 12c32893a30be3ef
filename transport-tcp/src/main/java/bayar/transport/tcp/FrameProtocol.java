package bayar.transport.tcp;

import bayar.transport.nio.Link;
import bayar.transport.nio.Protocol;
import bayar.transport.nio.RefusalText;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One connection's frames. Whatever is wrong with them is answered once, after the replies still owed; then it ends. */
final class FrameProtocol implements Protocol {
    private final Link link;
    private final Framing framing;
    private final int messageBytes;

    /** Whether no byte of the connection was taken yet, so that these may be of a peer that speaks something else. */
    private boolean fresh = true;

    /** Whether bytes were left over that are the beginning of a frame. */
    private boolean midFrame;

    /** How much of the input was searched for a line feed already. */
    private int searchedBytes;

    /** The last words to a peer that has sent no frames. */
    private @Nullable ByteBuffer refusal;

    FrameProtocol(Link link, Framing framing, int messageBytes) {
        this.link = link;
        this.framing = framing;
        this.messageBytes = messageBytes;
        link.opened();
    }

    @Override
    public void onBytes(ByteBuffer input) {
        if (refusal != null) {
            input.position(input.limit());
            return;
        }
        if (fresh && input.hasRemaining()) {
            ForeignSpeech speech = ForeignSpeech.of(input);
            if (speech == ForeignSpeech.PERHAPS) {
                midFrame = true;
                return;
            }
            fresh = false;
            if (speech != ForeignSpeech.NONE) {
                refuse(ByteBuffer.wrap(speech.answer()), input);
                return;
            }
        }
        while (!link.isPaused() && (framing == Framing.NEWLINE ? takeLine(input) : takeFrame(input))) {
            searchedBytes = 0;
        }
        midFrame = input.hasRemaining();
    }

    /** Takes one frame, and says whether there may be another. */
    private boolean takeFrame(ByteBuffer input) {
        if (input.remaining() < framing.prefixBytes()) {
            return false;
        }
        long announced = framing.announcedBytes(input);
        if (announced > messageBytes) {
            refuse(framing.frame(RefusalText.tooLong(announced, messageBytes)), input);
            return false;
        }
        if (input.remaining() < framing.prefixBytes() + announced) {
            return false;
        }
        input.position(input.position() + framing.prefixBytes());
        take(input, (int) announced);
        return true;
    }

    private boolean takeLine(ByteBuffer input) {
        int begin = input.position();
        for (int i = begin + searchedBytes; i < input.limit(); i++) {
            if (input.get(i) == '\n') {
                int length = i > begin && input.get(i - 1) == '\r' ? i - 1 - begin : i - begin;
                if (length > messageBytes) {
                    refuseLine(length, input);
                    return false;
                }
                take(input, length);
                input.position(i + 1);
                return true;
            }
        }
        searchedBytes = input.remaining();
        // One more may be the carriage return before the line feed.
        if (searchedBytes > messageBytes + 1) {
            refuseLine(searchedBytes, input);
        }
        return false;
    }

    private void refuseLine(int length, ByteBuffer input) {
        refuse(framing.frame(RefusalText.tooLong(length, messageBytes)), input);
    }

    private void take(ByteBuffer input, int length) {
        // An empty frame keeps the connection alive; having been received is all it has to do.
        if (length > 0) {
            byte[] message = new byte[length];
            input.get(message);
            link.deliver(0, message);
        }
    }

    private void refuse(ByteBuffer answer, ByteBuffer input) {
        input.position(input.limit());
        midFrame = false;
        refusal = answer;
        link.broken();
        link.closeAfterReplies();
    }

    @Override
    public void onEnd() {
        if (midFrame && refusal == null) {
            link.broken();
            refusal = framing.frame(RefusalText.formatError("the connection ended inside a frame"));
        }
    }

    @Override
    public void onReply(int kind, byte[] reply) {
        framing.write(reply, link);
    }

    @Override
    public void onDrain() {
        if (refusal != null) {
            link.write(refusal);
        }
        link.closeAfterWrites();
    }
}
