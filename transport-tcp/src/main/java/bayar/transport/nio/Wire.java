package bayar.transport.nio;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of one connection as its event loop sees them: the socket itself, or a layer around another wire, such as
 * TLS, that reads and writes for reasons of its own. Never blocks; used on the loop's thread only.
 */
interface Wire {
    /** Reads what is there: its number of bytes, 0 for nothing now, -1 when the peer has ended its sending. */
    int read(ByteBuffer into) throws IOException;

    /** Takes what fits of the bytes for sending, and says how many that were. */
    int write(ByteBuffer from) throws IOException;

    /** Tells the peer that nothing more will be sent. */
    void endOutput() throws IOException;

    /** What the selector has to watch, given what the connection wants: a layer may need another direction. */
    int interestOps(boolean wantsRead, boolean wantsWrite);

    void close() throws IOException;
}
