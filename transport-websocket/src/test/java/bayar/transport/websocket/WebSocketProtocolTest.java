package bayar.transport.websocket;

import static bayar.transport.websocket.ClientFrames.BINARY;
import static bayar.transport.websocket.ClientFrames.CONTINUATION;
import static bayar.transport.websocket.ClientFrames.NOT_LAST;
import static bayar.transport.websocket.ClientFrames.PING;
import static bayar.transport.websocket.ClientFrames.PONG;
import static bayar.transport.websocket.ClientFrames.TEXT;
import static bayar.transport.websocket.ClientFrames.close;
import static bayar.transport.websocket.ClientFrames.frame;
import static bayar.transport.websocket.ClientFrames.join;
import static bayar.transport.websocket.ClientFrames.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The protocol alone, with a link that the test moves. What is on the wire is in {@link Rfc6455Test}. */
class WebSocketProtocolTest {
    private static final byte[] EMPTY = {};

    @Test
    void w11_textAndBinaryCarryMessagesAndTheReplyUsesTheSameKind() {
        FakeLink link = FakeLink.open();

        link.receive(text("{}"), frame(BINARY, new byte[] {(byte) 0xff}));

        assertArrayEquals("{}".getBytes(UTF_8), link.delivered.get(0).bytes());
        assertArrayEquals(new byte[] {(byte) 0xff}, link.delivered.get(1).bytes());
        assertEquals(List.of("text {}", "binary ff"), link.sentFrames());
    }

    @Test
    void w11_repliesInAnotherOrderKeepTheirKinds() {
        FakeLink link = FakeLink.open();
        link.echoes = false;
        link.receive(text("a"), frame(BINARY, new byte[] {1}));

        Collections.reverse((List<?>) link.delivered);
        link.delivered.forEach(m -> link.protocol.onReply(m.kind(), m.bytes()));

        assertEquals(List.of("binary 01", "text a"), link.sentFrames());
    }

    @Test
    void framesRightBehindTheHandshakeAreRead() {
        FakeLink link = new FakeLink();

        link.receive(ClientFrames.upgrade().getBytes(ISO_8859_1), text("early"));

        assertEquals(1, link.delivered.size());
    }

    @Test
    void aRefusedHandshakeEndsTheConnectionAndReadsNothingMore() {
        FakeLink link = new FakeLink();

        link.receive("GET /no HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1), text("early"));

        assertTrue(link.sentText().startsWith("HTTP/1.1 404 "));
        assertTrue(link.isEnding);
        assertFalse(link.isOpened);
        assertEquals(0, link.unread());
    }

    @Test
    void aPausedConnectionLeavesItsBytesInTheBuffer() {
        FakeLink link = FakeLink.open();
        link.mayDeliver = 2;
        byte[] message = text("message");

        link.receive(message, message, message, message);

        assertEquals(2, link.delivered.size());
        assertEquals(2 * message.length, link.unread());
        link.mayDeliver = 1;
        link.turn();
        assertEquals(3, link.delivered.size());
        assertEquals(message.length, link.unread());
    }

    @Test
    void w1_theLimitCountsAllFragments() {
        FakeLink link = FakeLink.open();
        byte[] half = new byte[FakeLink.LIMITS.messageBytes() / 2];

        link.receive(frame(NOT_LAST | BINARY, half), frame(NOT_LAST | CONTINUATION, half));
        assertEquals(List.of(), link.sentFrames());
        link.receive(frame(NOT_LAST | CONTINUATION, new byte[1]));

        assertEquals(List.of("close 1009"), link.sentFrames());
        assertEquals(List.of(), link.delivered);
    }

    @Test
    void w1_aMessageOfExactlyTheLimitIsTaken() {
        FakeLink link = FakeLink.open();
        byte[] half = new byte[FakeLink.LIMITS.messageBytes() / 2];

        link.receive(frame(NOT_LAST | BINARY, half), frame(CONTINUATION, half), frame(BINARY, join(half, half)));

        assertEquals(2, link.delivered.size());
    }

    @Test
    void w1_thereIsALimitOnFragments() {
        FakeLink link = FakeLink.open();
        byte[] emptyFragment = frame(NOT_LAST | CONTINUATION, EMPTY);

        link.receive(frame(NOT_LAST | BINARY, EMPTY));
        for (int i = 2; i <= FakeLink.LIMITS.fragments(); i++) {
            link.receive(emptyFragment);
        }
        assertEquals(List.of(), link.sentFrames());
        link.receive(emptyFragment);

        assertEquals(List.of("close 1009"), link.sentFrames());
    }

    @Test
    void w1_anAnnouncedSizeIsRefusedFromItsHeaderAlone() {
        FakeLink link = FakeLink.open();

        link.receive(frame(BINARY, FakeLink.LIMITS.messageBytes() + 1, 8, true, EMPTY));

        assertEquals(List.of("close 1009"), link.sentFrames());
        assertTrue(link.isEnding);
    }

    @Test
    void w2_anUnmaskedFrameIsAProtocolError() {
        FakeLink link = FakeLink.open();

        link.receive(frame(TEXT, 1, 0, false, "a".getBytes(UTF_8)));

        assertEquals(List.of("close 1002"), link.sentFrames());
        assertEquals(List.of(), link.delivered);
    }

    @Test
    void w2_nothingIsReadAfterClose() {
        FakeLink link = FakeLink.open();

        link.receive(close(1000, ""), text("late"), frame(PING, EMPTY));

        assertEquals(List.of("close 1000"), link.sentFrames());
        assertEquals(List.of(), link.delivered);
    }

    @Test
    void repliesToWhatWasReadGoOutBeforeTheClose() {
        FakeLink link = FakeLink.open();
        link.echoes = false;

        link.receive(text("a"), text("b"), close(3000, ""));
        assertEquals(List.of(), link.sentFrames());
        link.answerOne();
        link.answerOne();

        assertEquals(List.of("text a", "text b", "close 3000"), link.sentFrames());
        assertTrue(link.isEnding);
    }

    @Test
    void repliesToWhatWasReadGoOutBeforeAnErrorsClose() {
        FakeLink link = FakeLink.open();
        link.echoes = false;

        link.receive(text("a"), frame(3, EMPTY), text("late"));
        link.answerOne();

        assertEquals(List.of("text a", "close 1002"), link.sentFrames());
    }

    @Test
    void aCloseWaitsForRepliesTwoSecondsAtMost() {
        FakeLink link = FakeLink.open();
        link.echoes = false;
        link.receive(text("slow"), close(1000, ""));

        link.advance(Duration.ofMillis(2000));
        assertEquals(List.of(), link.sentFrames());
        link.advance(Duration.ofMillis(1));

        assertEquals(List.of("close 1000"), link.sentFrames());
        assertTrue(link.isEnding);
        link.answerOne();
        assertEquals(List.of(), link.sentFrames());
    }

    @Test
    void halfCloseStillDeliversTheReplies() {
        FakeLink link = FakeLink.open();
        link.echoes = false;
        link.receive(text("a"));

        link.end();
        assertFalse(link.isEnding);
        link.advance(Duration.ofMinutes(1));
        link.answerOne();

        assertEquals(List.of("text a"), link.sentFrames());
        assertTrue(link.isEnding);
    }

    @Test
    void halfCloseEndsAConnectionThatIsOwedNothing() {
        FakeLink link = FakeLink.open();
        link.end();
        assertTrue(link.isEnding);

        FakeLink early = new FakeLink();
        early.receive("GET / HT".getBytes(ISO_8859_1));
        early.end();
        assertTrue(early.isEnding);
    }

    @Test
    void w5_pingsThatComeTogetherGetOnePongForTheNewestAfterTheFirstSixteen() {
        FakeLink link = FakeLink.open();
        byte[] pings = {};
        for (int i = 1; i <= 50; i++) {
            pings = join(pings, frame(PING, ("" + i).getBytes(UTF_8)));
        }

        link.receive(pings);

        List<String> pongs = link.sentFrames();
        assertEquals(17, pongs.size());
        assertEquals("pong 16", pongs.get(15));
        assertEquals("pong 50", pongs.get(16));
    }

    @Test
    void w5_aFloodOfPingsOrPongsIsRefused() {
        for (int opcode : new int[] {PING, PONG}) {
            FakeLink link = FakeLink.open();
            for (int i = 0; i < FakeLink.LIMITS.pingsPerSecond(); i++) {
                link.receive(frame(opcode, EMPTY));
            }
            assertFalse(link.isEnding);
            link.sent();

            link.receive(frame(opcode, EMPTY));

            assertEquals(List.of("close 1008"), link.sentFrames());
        }
    }

    @Test
    void w5_aSteadyPeerMayPingForever() {
        FakeLink link = FakeLink.open();
        for (int i = 0; i < 10 * FakeLink.LIMITS.pingsPerSecond(); i++) {
            link.receive(frame(PING, EMPTY));
            link.advance(Duration.ofMillis(10));
        }
        assertFalse(link.isEnding);
    }

    @Test
    void w7_aDrainWaitsForThePeersCloseTwoSecondsAtMost() {
        FakeLink link = FakeLink.open();

        link.protocol.onDrain();

        assertEquals(List.of("close 1001"), link.sentFrames());
        link.advance(Duration.ofMillis(2000));
        assertFalse(link.isEnding);
        link.advance(Duration.ofMillis(1));
        assertTrue(link.isEnding);
    }

    @Test
    void w7_aDrainEndsWithThePeersCloseWhateverComesBefore() {
        FakeLink link = FakeLink.open();
        link.protocol.onDrain();
        link.sent();

        link.receive(text("too late"), frame(PING, EMPTY), close(1001, ""));

        assertTrue(link.isEnding);
        assertEquals(0, link.delivered.size());
        assertEquals(List.of(), link.sentFrames());
    }

    @Test
    void n7_aDrainEndsAtOnceWithAPeerThatBreaksRules() {
        FakeLink link = FakeLink.open();
        link.protocol.onDrain();
        link.sent();

        link.receive(frame(3, EMPTY));

        assertTrue(link.isEnding);
        assertEquals(List.of(), link.sentFrames());
    }

    @Test
    void w8_textThatEndsWithinACharacterIsNotUtf8() {
        FakeLink link = FakeLink.open();

        link.receive(frame(TEXT, new byte[] {'a', (byte) 0xce}));

        assertEquals(List.of("close 1007"), link.sentFrames());
        assertEquals(List.of(), link.delivered);
    }

    @Test
    void aFragmentedMessageIsTimedAsOne() {
        FakeLink link = FakeLink.open();
        link.receive(frame(NOT_LAST | TEXT, EMPTY));
        for (int i = 0; i < 10; i++) {
            link.advance(Duration.ofSeconds(1));
            link.receive(frame(NOT_LAST | CONTINUATION, EMPTY), frame(PONG, EMPTY));
        }

        link.advance(Duration.ofMillis(1));

        assertEquals(List.of("close 1008"), link.sentFrames());
    }

    @Test
    void timeBetweenMessagesAndWhilePausedIsNotCounted() {
        FakeLink link = FakeLink.open();
        byte[] first = frame(NOT_LAST | TEXT, EMPTY);
        byte[] last = frame(CONTINUATION, EMPTY);
        for (int i = 0; i < 30; i++) {
            link.receive(first);
            link.advance(Duration.ofSeconds(1));
            link.receive(last, first);
            link.receive(last);
        }
        link.receive(first);
        link.mayDeliver = 0;
        link.receive(last);
        link.advance(Duration.ofMinutes(1));

        assertFalse(link.isEnding);
        assertEquals(60, link.delivered.size());
    }
}
