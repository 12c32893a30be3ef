package bayar.examples;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.auth.Algorithm;
import bayar.auth.Key;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.client.PaymentClient;
import bayar.codec.ReceiptReader;
import bayar.codec.RequestWriter;
import bayar.engine.DrainReport;
import bayar.engine.PaymentEngine;
import bayar.ledger.Account;
import bayar.store.sqlite.SqliteStore;
import bayar.transport.Dialer;
import bayar.transport.tcp.TcpDialer;
import bayar.transport.tcp.TcpTransport;
import bayar.transport.websocket.WebSocketDialer;
import bayar.transport.websocket.WebSocketTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells what Bayar does, by doing it: through real sockets, into a real file. Every line told is checked. */
@Command(
        name = "demo",
        description = {
            "Runs a server in this process and pays through real sockets, step by step.",
            "Exits with 1 and names the step when one does not come out as told.",
        },
        mixinStandardHelpOptions = true,
        subcommands = CardDemo.class)
final class Demo implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final AccountId ALICE = AccountId.of("alice");
    private static final AccountId KEDAI = AccountId.of("kedai");
    private static final Money OPENING = Money.of(100_00, "MYR");
    private static final Money FIRST = Money.of(12_50, "MYR");
    private static final Money SECOND = Money.of(7_50, "MYR");
    private static final Money TOO_MUCH = Money.of(1000_00, "MYR");

    @Spec
    private CommandSpec spec;

    private final Story story = new Story(() -> spec.commandLine().getOut());

    /** A running engine, with what a client needs to reach it. */
    private record Server(PaymentEngine engine, Dialer webSocket, Dialer tcp, List<String> urls)
            implements AutoCloseable {
        static Server start(Path data, KeySet keys) {
            WebSocketTransport webSocket = WebSocketTransport.on(0);
            TcpTransport tcp = TcpTransport.on(0);
            PaymentEngine engine = PaymentEngine.builder()
                    .store(SqliteStore.open(data))
                    .keys(keys)
                    .account(ALICE.value(), OPENING)
                    .account(KEDAI.value(), new Money(0, OPENING.currency()))
                    .transport(webSocket)
                    .transport(tcp)
                    .start();
            List<String> urls = List.of(Serve.url(webSocket), Serve.url(tcp));
            return new Server(
                    engine,
                    WebSocketDialer.to(urls.get(0)),
                    TcpDialer.to(tcp.address().getHostString(), tcp.address().getPort()),
                    urls);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("bayar-demo");
        Path keyFile = directory.resolve("keys.json");
        Path data = directory.resolve("ledger");
        story.say("Bayar's demo: signed payments through real sockets, into one file.");

        story.step("A key for the till, which may debit alice and nobody else");
        Key key = KeyFile.add(keyFile, "till-1", "till", Algorithm.HS256, List.of(ALICE.value()), new SecureRandom());
        story.result(key + ", in " + keyFile);
        KeySet keys = KeySet.load(keyFile);
        Signer signer = Signer.of(keys, key.id());

        PaymentRequest first = PaymentRequest.sale("order-1001", ALICE.value(), KEDAI.value(), FIRST);
        Receipt receipt;
        try (Server server = Server.start(data, keys)) {
            story.step("A server with two accounts, listening for WebSocket and TCP");
            server.urls.forEach(story::result);
            story.result(balance(server, ALICE, OPENING.minor()) + ", " + balance(server, KEDAI, 0));
            receipt = payOverBoth(server, signer, first);
            refuse(server, signer);
            stop(server);
        }
        try (Server server = Server.start(data, keys)) {
            story.step("The server starts again from its file, and order-1001 is sent once more");
            Receipt after = ask(server.tcp, signer, first);
            story.check(after.equals(receipt.asReplayed()), after);
            story.result("the same receipt as before the stop: number " + after.sequence() + ", " + after.time());
            long paid = FIRST.minor() + SECOND.minor();
            story.result(balance(server, ALICE, OPENING.minor() - paid) + ", " + balance(server, KEDAI, paid));
        }
        story.end();
        tellWhatToTryNext(keyFile, data);
        return ExitCode.OK;
    }

    private Receipt payOverBoth(Server server, Signer signer, PaymentRequest first) throws InterruptedException {
        story.step("alice pays kedai " + Story.shown(FIRST) + " over WebSocket: order-1001");
        Receipt receipt = ask(server.webSocket, signer, first);
        story.check(receipt.reason() == Reason.APPROVED && receipt.money() == MoneyEffect.MOVED, receipt);
        story.result(Story.outcome(receipt));

        story.step("alice pays kedai " + Story.shown(SECOND) + " over TCP: order-1002");
        Receipt second =
                ask(server.tcp, signer, PaymentRequest.sale("order-1002", ALICE.value(), KEDAI.value(), SECOND));
        story.check(second.reason() == Reason.APPROVED && second.sequence() > receipt.sequence(), second);
        story.result(Story.outcome(second));

        story.step("order-1001 is sent again, over TCP, as a client does when the reply got lost");
        Receipt again = ask(server.tcp, signer, first);
        story.check(again.equals(receipt.asReplayed()), again);
        story.result(Story.outcome(again) + ": the same receipt, and nothing moved again");
        return receipt;
    }

    private void refuse(Server server, Signer signer) throws InterruptedException {
        story.step("Somebody changes one byte of a signed payment on its way");
        PaymentRequest order = PaymentRequest.sale("order-1003", ALICE.value(), KEDAI.value(), FIRST);
        long nowSeconds = Instant.now().getEpochSecond();
        byte[] message = signer.sign(new RequestWriter().write(order, nowSeconds, nowSeconds + PATIENCE.toSeconds()));
        int middle = message.length / 2;
        message[middle] = (byte) (message[middle] == 'A' ? 'B' : 'A');
        Receipt forged = askRaw(server.webSocket, message);
        story.check(forged.reason() == Reason.SIGNATURE_INVALID, forged);
        story.result(Story.outcome(forged));

        story.step("alice pays kedai " + Story.shown(TOO_MUCH) + ", which she does not have: order-1004");
        Receipt overdrawn = ask(
                server.webSocket, signer, PaymentRequest.sale("order-1004", ALICE.value(), KEDAI.value(), TOO_MUCH));
        story.check(overdrawn.reason() == Reason.INSUFFICIENT_FUNDS, overdrawn);
        story.result(Story.outcome(overdrawn));
    }

    private void stop(Server server) {
        story.step("The server stops: it answers what it has taken, and closes its file");
        DrainReport report = server.engine.drain(PATIENCE);
        if (!report.clean()) {
            throw story.wentWrong("drained: " + report);
        }
        story.result("drained: " + report.approved() + " approved (" + report.replayed() + " of them replayed), "
                + report.declined() + " declined, " + report.rejected() + " rejected, " + report.unanswered()
                + " unanswered");
    }

    private void tellWhatToTryNext(Path keyFile, Path data) {
        story.say("");
        story.say("Try next, with the ledger and the key that this has left behind:");
        story.say("  ./bayar accounts --data " + data);
        story.say("  ./bayar verify --data " + data);
        story.say("  sqlite3 " + data.resolve("ledger.db") + " 'select * from payments'");
        story.say("  ./bayar serve --data " + data + " --keys " + keyFile + " &");
        story.say("  ./bayar pay --url ws://127.0.0.1:2346 --keys " + keyFile + " --kid till-1 \\");
        story.say("      --from alice --to kedai --amount 100 --currency MYR");
    }

    private Receipt ask(Dialer dialer, Signer signer, PaymentRequest request) throws InterruptedException {
        try (PaymentClient client = PaymentClient.builder(dialer, signer).build()) {
            return await(client.send(request));
        }
    }

    /** Sends bytes as they are, which a client would never do. */
    private Receipt askRaw(Dialer dialer, byte[] message) throws InterruptedException {
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        Dialer.Listener listener = new Dialer.Listener() {
            @Override
            public void onMessage(byte[] bytes) {
                reply.complete(bytes);
            }

            @Override
            public void onClose(String why) {
                reply.completeExceptionally(new IOException(why));
            }
        };
        try (Dialer.Connection connection = dialer.dial(listener)) {
            connection.send(message);
            return new ReceiptReader().read(await(reply));
        } catch (IOException e) {
            throw story.wentWrong(e.toString());
        }
    }

    private String balance(Server server, AccountId id, long expectedMinor) throws InterruptedException {
        Account account = await(server.engine.account(id)).orElseThrow(() -> story.wentWrong("no account " + id));
        if (account.posted() != expectedMinor) {
            throw story.wentWrong(id + " has " + account.posted() + " instead of " + expectedMinor);
        }
        return id + " has " + Story.shown(new Money(account.posted(), account.currency()));
    }

    private <T> T await(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw story.wentWrong(String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            throw story.wentWrong("no answer in " + PATIENCE.toSeconds() + " seconds");
        }
    }
}
