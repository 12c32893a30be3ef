package bayar.transport.tcp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import bayar.transport.Exchange;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class FramesTest {
    @Test
    void aMessageIsAnswered() throws Exception {
        try (TcpTransport transport = TcpTransport.on(0)) {
            transport.start(Exchange::reply);
            try (Socket socket = new Socket(
                    transport.address().getAddress(), transport.address().getPort())) {
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                DataInputStream in = new DataInputStream(socket.getInputStream());
                out.writeInt(5);
                out.write("hello".getBytes(UTF_8));
                assertEquals(5, in.readInt());
                assertEquals("hello", new String(in.readNBytes(5), UTF_8));
            }
        }
    }
}
