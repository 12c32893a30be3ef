package bayar.transport.websocket;

import static bayar.transport.websocket.ClientFrames.BINARY;
import static bayar.transport.websocket.ClientFrames.CLOSE;
import static bayar.transport.websocket.ClientFrames.CONTINUATION;
import static bayar.transport.websocket.ClientFrames.NOT_LAST;
import static bayar.transport.websocket.ClientFrames.PING;
import static bayar.transport.websocket.ClientFrames.PONG;
import static bayar.transport.websocket.ClientFrames.TEXT;
import static bayar.transport.websocket.ClientFrames.close;
import static bayar.transport.websocket.ClientFrames.closePayload;
import static bayar.transport.websocket.ClientFrames.frame;
import static bayar.transport.websocket.ClientFrames.hex;
import static bayar.transport.websocket.ClientFrames.join;
import static bayar.transport.websocket.ClientFrames.shorten;
import static bayar.transport.websocket.ClientFrames.text;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a server that echoes must answer, after RFC 6455; numbered as the sections of the well-known test suite that covers
 * the same ground: 1 framing, 2 pings, 3 reserved bits, 4 opcodes, 5 fragments, 6 UTF-8, 7 closing, 10 sizes of fragments.
 */
final class Rfc6455Cases {
    /** The largest message the cases send. */
    static final int LARGEST_MESSAGE_BYTES = 256 * 1024;

    /** @param expected the server's frames, as {@link ClientFrames#describe} puts them; the connection ends after them */
    record Case(String name, byte[] sent, List<String> expected) {}

    private static final byte[] CLOSE_NORMALLY = close(1000, "");
    private static final byte[] NONE = {};

    private final List<Case> cases = new ArrayList<>();

    static List<Case> all() {
        Rfc6455Cases table = new Rfc6455Cases();
        table.framing();
        table.pings();
        table.reservedBits();
        table.opcodes();
        table.fragments();
        table.utf8();
        table.closing();
        table.fragmentSizes();
        return table.cases;
    }

    private void framing() {
        for (int size : new int[] {0, 1, 125, 126, 127, 128, 65535, 65536}) {
            String message = "*".repeat(size);
            good("1.1 text of " + size, text(message), "text " + shorten(message));
            byte[] bytes = new byte[size];
            Arrays.fill(bytes, (byte) 0xfe);
            good("1.2 binary of " + size, frame(BINARY, bytes), "binary " + shorten(hex(bytes)));
        }
        bad("1.3 not masked", 1002, frame(TEXT, 5, 0, false, utf8("Hello")));
        bad("1.3 ping not masked", 1002, frame(PING, 0, 0, false, NONE));
        bad("1.3 close not masked", 1002, frame(CLOSE, 0, 0, false, NONE));
        bad("1.4 16-bit length of 125", 1002, frame(TEXT, 125, 2, true, new byte[125]));
        bad("1.4 64-bit length of 65535", 1002, frame(BINARY, 65535, 8, true, new byte[65535]));
        bad("1.4 64-bit length with the top bit", 1002, frame(BINARY, Long.MIN_VALUE | 5, 8, true, new byte[5]));
        bad("1.5 2 GiB announced", 1009, frame(BINARY, 1L << 31, 8, true, NONE));
        bad("1.5 one byte above the limit", 1009, frame(BINARY, LARGEST_MESSAGE_BYTES + 1, 8, true, NONE));
    }

    private void pings() {
        good("2.1 ping without payload", frame(PING, NONE), "pong ");
        good("2.2 ping with text", frame(PING, utf8("Hello, world!")), "pong Hello, world!");
        good("2.3 ping with other bytes", frame(PING, new byte[] {0, 1, 2, 127}), "pong \0\1\2\u007f");
        good("2.4 ping of 125", frame(PING, utf8("p".repeat(125))), "pong " + "p".repeat(125));
        bad("2.5 ping of 126", 1002, frame(PING, new byte[126]));
        bad("2.5 pong of 126", 1002, frame(PONG, new byte[126]));
        good("2.7 unsolicited pong", frame(PONG, NONE));
        good("2.8 unsolicited pong with payload", frame(PONG, utf8("unsolicited")));
        good("2.9 unsolicited pong, then ping", join(frame(PONG, utf8("a")), frame(PING, utf8("b"))), "pong b");
        byte[] pings = {};
        String[] pongs = new String[10];
        for (int i = 0; i < 10; i++) {
            pings = join(pings, frame(PING, utf8("payload-" + i)));
            pongs[i] = "pong payload-" + i;
        }
        good("2.10 ten pings", pings, pongs);
    }

    private void reservedBits() {
        for (int bits = 1; bits <= 7; bits++) {
            int reserved = bits << 4;
            badAfterMessage("3." + bits + " text", 1002, frame(reserved | TEXT, utf8("Hello")));
            badAfterMessage("3." + bits + " binary", 1002, frame(reserved | BINARY, NONE));
            badAfterMessage("3." + bits + " ping", 1002, frame(reserved | PING, NONE));
            badAfterMessage("3." + bits + " close", 1002, frame(reserved | CLOSE, NONE));
        }
    }

    private void opcodes() {
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            badAfterMessage("4 opcode " + opcode, 1002, frame(opcode, NONE));
            badAfterMessage("4 opcode " + opcode + " with payload", 1002, frame(opcode, utf8("reserved")));
        }
    }

    private void fragments() {
        byte[] first = frame(NOT_LAST | TEXT, utf8("fragment1"));
        byte[] last = frame(CONTINUATION, utf8("fragment2"));
        byte[] ping = frame(PING, utf8("ping"));
        String whole = "text fragment1fragment2";
        bad("5.1 ping in fragments", 1002, frame(NOT_LAST | PING, utf8("a")), frame(CONTINUATION, utf8("b")));
        bad("5.2 pong in fragments", 1002, frame(NOT_LAST | PONG, utf8("a")), frame(CONTINUATION, utf8("b")));
        bad("5.2 close in fragments", 1002, frame(NOT_LAST | CLOSE, NONE), frame(CONTINUATION, NONE));
        good("5.3 text in two", join(first, last), whole);
        good(
                "5.3 binary in two",
                join(frame(NOT_LAST | BINARY, utf8("ab")), frame(CONTINUATION, utf8("c"))),
                "binary 616263");
        good("5.6 text in two, ping between", join(first, ping, last), "pong ping", whole);
        good("5.7 pong between", join(first, frame(PONG, NONE), last), whole);
        for (int fin : new int[] {0, NOT_LAST}) {
            String end = fin == 0 ? "last" : "not last";
            bad("5.9 continuation of nothing, " + end, 1002, frame(fin | CONTINUATION, utf8("a")), text("b"));
            badAfterMessage("5.15 continuation after a whole message, " + end, 1002, frame(fin | CONTINUATION, NONE));
            bad("5.18 two beginnings, " + end, 1002, first, frame(fin | TEXT, utf8("b")));
            bad("5.18 text, then binary, " + end, 1002, first, frame(fin | BINARY, utf8("b")));
        }
        byte[] next = frame(NOT_LAST | CONTINUATION, utf8("f"));
        good(
                "5.19 five fragments, pings between",
                join(first, next, ping, next, ping, next, last),
                "pong ping",
                "pong ping",
                "text fragment1ffffragment2");
    }

    private void utf8() {
        byte[] empty = frame(NOT_LAST | CONTINUATION, NONE);
        good("6.1.1 empty", text(""), "text ");
        good(
                "6.1.2 three empty fragments",
                join(frame(NOT_LAST | TEXT, NONE), empty, frame(CONTINUATION, NONE)),
                "text ");
        good(
                "6.1.3 all in the middle",
                join(
                        frame(NOT_LAST | TEXT, NONE),
                        frame(NOT_LAST | CONTINUATION, utf8("middle")),
                        frame(CONTINUATION, NONE)),
                "text middle");
        String spoken = "Hello-µ@ßöäüàá-UTF-8!!";
        good("6.2.1 in one", text(spoken), "text " + spoken);
        for (int cut = 1; cut < utf8(spoken).length; cut++) {
            byte[] all = utf8(spoken);
            good(
                    "6.2.2 cut at " + cut,
                    join(
                            frame(NOT_LAST | TEXT, Arrays.copyOf(all, cut)),
                            frame(CONTINUATION, Arrays.copyOfRange(all, cut, all.length))),
                    "text " + spoken);
        }
        String long4 = "\ud83d\ude00".repeat(40);
        good("6.2.3 one byte in each fragment", bytewise(utf8(long4)), "text " + shorten(long4));

        String kosme = "cebae1bdb9cf83cebcceb5";
        for (String valid : List.of(
                kosme,
                "00",
                "c280",
                "e0a080",
                "f0908080",
                "7f",
                "dfbf",
                "efbfbf",
                "f48fbfbf",
                "ed9fbf",
                "ee8080",
                "efbfbd",
                "efbfbe",
                "f09fbfbf",
                "f3bfbfbf",
                "f0a08080",
                "efb790",
                "c2a9")) {
            String message = new String(bytes(valid), UTF_8);
            good("6.5 valid " + valid, frame(TEXT, bytes(valid)), "text " + message);
            good("6.5 valid, bytewise, " + valid, bytewise(bytes(valid)), "text " + message);
        }
        // Also as the last characters of a message: a library that only looks for wrong bytes takes these for text.
        for (String invalid : List.of(
                kosme + "eda080656469746564",
                "ce",
                kosme.substring(0, 6),
                kosme.substring(0, 8),
                "f0",
                "f090",
                "f09080",
                "e0",
                "e0a0",
                "c2",
                "80",
                "bf",
                "8080",
                "80bf80bf80bf",
                "c020",
                "c1bf",
                "c0af",
                "c080",
                "e08080",
                "e080af",
                "e09fbf",
                "f0808080",
                "f08080af",
                "f08fbfbf",
                "f4908080",
                "f5808080",
                "f7bfbfbf",
                "f888808080",
                "f8a08080",
                "fbbfbfbfbf",
                "fc8480808080",
                "fdbfbfbfbfbf",
                "fe",
                "ff",
                "fefeffff",
                "eda080",
                "edadbf",
                "edae80",
                "edafbf",
                "edb080",
                "edbe80",
                "edbfbf",
                "eda080edb080",
                "edafbfedbfbf",
                "c328",
                "e228a1",
                "e28228",
                "f0288cbc",
                "f09028bc",
                "f0288c28",
                "41424344454647c0",
                "c2c2a9",
                "616263f4908080")) {
            bad("6.3 invalid " + invalid, 1007, frame(TEXT, bytes(invalid)));
            bad("6.3 invalid, bytewise, " + invalid, 1007, bytewise(bytes(invalid)));
            good("6.3 binary may be " + invalid, frame(BINARY, bytes(invalid)), "binary " + invalid);
        }
        bad(
                "6.4 seen before the message ends",
                1007,
                frame(NOT_LAST | TEXT, bytes(kosme + "f4")),
                frame(NOT_LAST | CONTINUATION, bytes("90")));
        good(
                "6.4 a good message after a cut one",
                join(frame(NOT_LAST | TEXT, bytes("ce")), frame(CONTINUATION, bytes("ba")), text("b")),
                "text \u03ba",
                "text b");
    }

    private void closing() {
        byte[] ping = frame(PING, NONE);
        cases.add(new Case(
                "7.1.1 message, then close", join(text("a"), CLOSE_NORMALLY), List.of("text a", "close 1000")));
        cases.add(new Case("7.1.2 two closes", join(CLOSE_NORMALLY, close(1001, "")), List.of("close 1000")));
        cases.add(new Case("7.1.3 ping after close", join(CLOSE_NORMALLY, ping), List.of("close 1000")));
        cases.add(new Case("7.1.4 message after close", join(CLOSE_NORMALLY, text("late")), List.of("close 1000")));
        cases.add(new Case(
                "7.1.4 nonsense after close", join(CLOSE_NORMALLY, new byte[] {-1, -1}), List.of("close 1000")));
        cases.add(new Case(
                "7.1.5 close within a message",
                join(frame(NOT_LAST | TEXT, utf8("a")), CLOSE_NORMALLY, frame(CONTINUATION, utf8("b"))),
                List.of("close 1000")));
        String large = "BAsd7&jh23".repeat(25_600);
        cases.add(new Case(
                "7.1.6 256,000 bytes, then close and ping",
                join(text(large), CLOSE_NORMALLY, ping),
                List.of("text " + shorten(large), "close 1000")));
        cases.add(new Case("7.3.1 close without payload", frame(CLOSE, NONE), List.of("close 1000")));
        bad("7.3.2 close of one byte", 1002, frame(CLOSE, new byte[1]));
        cases.add(new Case("7.3.4 close with a reason", close(1000, "Hello World!"), List.of("close 1000")));
        cases.add(new Case("7.3.5 reason of 123", close(1000, "*".repeat(123)), List.of("close 1000")));
        bad("7.3.6 reason of 124", 1002, frame(CLOSE, closePayload(1000, new byte[124])));
        for (String invalid :
                List.of("cebae1bdb9cf83cebcceb5eda080656469746564", "ff", "ce", "c080", "eda080", "f4908080")) {
            bad("7.5.1 reason " + invalid, 1007, frame(CLOSE, closePayload(1000, bytes(invalid))));
        }
        for (int code : new int[] {
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999
        }) {
            cases.add(new Case("7.7 code " + code, close(code, ""), List.of("close " + code)));
        }
        for (int code : new int[] {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32768, 65535}) {
            bad("7.9 code " + code, 1002, close(code, ""));
            bad("7.9 code " + code + " with a reason", 1002, close(code, "why not"));
        }
    }

    private void fragmentSizes() {
        String message = "0123456789abcdef".repeat(4096);
        for (int size : new int[] {64, 126, 1300, 65535, 65536}) {
            good("10.1 64 KiB in fragments of " + size, inFragments(utf8(message), size), "text " + shorten(message));
        }
    }

    private void good(String name, byte[] sent, String... expected) {
        List<String> frames = new ArrayList<>(List.of(expected));
        frames.add("close 1000");
        cases.add(new Case(name, join(sent, CLOSE_NORMALLY), frames));
    }

    private void bad(String name, int code, byte[]... sent) {
        cases.add(new Case(name, join(join(sent), text("late")), List.of("close " + code)));
    }

    private void badAfterMessage(String name, int code, byte[] sent) {
        bad(name, code, sent);
        cases.add(new Case(
                name + " after a message",
                join(text("first"), sent, frame(PING, NONE)),
                List.of("text first", "close " + code)));
    }

    private static byte[] bytewise(byte[] message) {
        return inFragments(message, 1);
    }

    static byte[] inFragments(byte[] message, int size) {
        List<byte[]> frames = new ArrayList<>();
        for (int from = 0; from < message.length; from += size) {
            int to = Math.min(message.length, from + size);
            int opcode = (from == 0 ? TEXT : CONTINUATION) | (to < message.length ? NOT_LAST : 0);
            frames.add(frame(opcode, Arrays.copyOfRange(message, from, to)));
        }
        return join(frames.toArray(byte[][]::new));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return bytes;
    }
}
