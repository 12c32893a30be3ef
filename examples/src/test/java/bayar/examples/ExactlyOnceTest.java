package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.Money;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import bayar.codec.ReceiptReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExactlyOnceTest {
    private static final int SENDERS = 64;
    private static final Principal SHOP = Principal.named("shop").mayDebit("alice");

    @TempDir
    Path directory;

    @Test
    void sixtyFourSendersOverBothTransportsAndTheCallGetOneExecution() throws Exception {
        try (EngineOnSockets server = EngineOnSockets.start(directory)) {
            CyclicBarrier together = new CyclicBarrier(SENDERS);
            ExecutorService threads = Executors.newFixedThreadPool(SENDERS);
            List<Future<Receipt>> answers = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                int sender = i;
                Callable<Receipt> send = () -> switch (sender % 3) {
                    case 0 -> over(server.tcpUrl(), together);
                    case 1 -> over(server.webSocketUrl(), together);
                    default -> {
                        together.await();
                        yield server.engine().submit(SHOP, once()).join();
                    }
                };
                answers.add(threads.submit(send));
            }
            List<Receipt> receipts = new ArrayList<>();
            for (Future<Receipt> answer : answers) {
                receipts.add(answer.get());
            }
            threads.shutdown();

            assertEquals(
                    1, receipts.stream().filter(receipt -> !receipt.replayed()).count());
            assertEquals(
                    1, receipts.stream().map(Receipt::asReplayed).distinct().count(), receipts.toString());
            assertEquals(990, server.balance("alice"));
            assertEquals(10, server.balance("kedai"));
        }
    }

    @Test
    void theReceiptIsToldAgainAfterARestartAndOnTheOtherTransport() throws Exception {
        Receipt first;
        try (EngineOnSockets server = EngineOnSockets.start(directory);
                TestPeer peer = TestPeer.to(server.tcpUrl())) {
            first = receipt(peer.ask(TestSigner.sale("once", 10)));
        }
        try (EngineOnSockets server = EngineOnSockets.start(directory);
                TestPeer peer = TestPeer.to(server.webSocketUrl())) {
            assertEquals(first.asReplayed(), receipt(peer.ask(TestSigner.sale("once", 10))));
            Receipt other = receipt(peer.ask(TestSigner.sale("once", 11)));
            assertEquals("id_reused", other.reason().code());
            assertEquals("amount", other.field());
            assertEquals(990, server.balance("alice"));
        }
        assertFalse(first.replayed());
    }

    @Test
    void pipelinedRequestsAreAllAnsweredByTheirIds() throws Exception {
        try (EngineOnSockets server = EngineOnSockets.start(directory)) {
            for (String url : List.of(server.tcpUrl(), server.webSocketUrl())) {
                try (TestPeer peer = TestPeer.to(url)) {
                    List<String> sent = new ArrayList<>();
                    for (int i = 0; i < 300; i++) {
                        String id = url.substring(0, 2) + "-" + i;
                        peer.send(TestSigner.sale(id, 1));
                        sent.add(id);
                    }
                    List<String> answered = new ArrayList<>();
                    for (int i = 0; i < 300; i++) {
                        Receipt receipt = receipt(peer.receive());
                        assertEquals("approved", receipt.reason().code());
                        answered.add(receipt.id());
                    }
                    answered.sort(null);
                    sent.sort(null);
                    assertEquals(sent, answered);
                }
            }
            assertEquals(400, server.balance("alice"));
            assertTrue(server.engine().drain(java.time.Duration.ofSeconds(30)).clean());
        }
    }

    private static Receipt over(String url, CyclicBarrier together) throws Exception {
        try (TestPeer peer = TestPeer.to(url)) {
            byte[] message = TestSigner.sale("once", 10);
            together.await();
            return receipt(peer.ask(message));
        }
    }

    private static PaymentRequest once() {
        return PaymentRequest.sale("once", "alice", "kedai", Money.of(10, "MYR"));
    }

    private static Receipt receipt(String reply) {
        return new ReceiptReader().read(reply.getBytes(StandardCharsets.UTF_8));
    }
}
