package bayar.examples;

import bayar.AccountId;
import bayar.BayarException;
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
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
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
        mixinStandardHelpOptions = true)
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

    private int step;
    private String told = "";

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
        long beginNanos = System.nanoTime();
        Path directory = Files.createTempDirectory("bayar-demo");
        Path keyFile = directory.resolve("keys.json");
        Path data = directory.resolve("ledger");
        say("Bayar's demo: signed payments through real sockets, into one file.");

        step("A key for the till, which may debit alice and nobody else");
        Key key = KeyFile.add(keyFile, "till-1", "till", Algorithm.HS256, List.of(ALICE.value()), new SecureRandom());
        result(key + ", in " + keyFile);
        KeySet keys = KeySet.load(keyFile);
        Signer signer = Signer.of(keys, key.id());

        PaymentRequest first = PaymentRequest.sale("order-1001", ALICE.value(), KEDAI.value(), FIRST);
        Receipt receipt;
        try (Server server = Server.start(data, keys)) {
            step("A server with two accounts, listening for WebSocket and TCP");
            server.urls.forEach(this::result);
            result(balance(server, ALICE, OPENING.minor()) + ", " + balance(server, KEDAI, 0));
            receipt = payOverBoth(server, signer, first);
            refuse(server, signer);
            stop(server);
        }
        try (Server server = Server.start(data, keys)) {
            step("The server starts again from its file, and order-1001 is sent once more");
            Receipt after = ask(server.tcp, signer, first);
            check(after.equals(receipt.asReplayed()), after);
            result("the same receipt as before the stop: number " + after.sequence() + ", " + after.time());
            long paid = FIRST.minor() + SECOND.minor();
            result(balance(server, ALICE, OPENING.minor() - paid) + ", " + balance(server, KEDAI, paid));
        }
        say("");
        say(String.format(
                Locale.ROOT,
                "All %d steps came out as told, in %.1f seconds.",
                step,
                (System.nanoTime() - beginNanos) / 1e9));
        tellWhatToTryNext(keyFile, data);
        return ExitCode.OK;
    }

    private Receipt payOverBoth(Server server, Signer signer, PaymentRequest first) throws InterruptedException {
        step("alice pays kedai " + shown(FIRST) + " over WebSocket: order-1001");
        Receipt receipt = ask(server.webSocket, signer, first);
        check(receipt.reason() == Reason.APPROVED && receipt.money() == MoneyEffect.MOVED, receipt);
        result(outcome(receipt));

        step("alice pays kedai " + shown(SECOND) + " over TCP: order-1002");
        Receipt second =
                ask(server.tcp, signer, PaymentRequest.sale("order-1002", ALICE.value(), KEDAI.value(), SECOND));
        check(second.reason() == Reason.APPROVED && second.sequence() > receipt.sequence(), second);
        result(outcome(second));

        step("order-1001 is sent again, over TCP, as a client does when the reply got lost");
        Receipt again = ask(server.tcp, signer, first);
        check(again.equals(receipt.asReplayed()), again);
        result(outcome(again) + ": the same receipt, and nothing moved again");
        return receipt;
    }

    private void refuse(Server server, Signer signer) throws InterruptedException {
        step("Somebody changes one byte of a signed payment on its way");
        PaymentRequest order = PaymentRequest.sale("order-1003", ALICE.value(), KEDAI.value(), FIRST);
        long nowSeconds = Instant.now().getEpochSecond();
        byte[] message = signer.sign(new RequestWriter().write(order, nowSeconds, nowSeconds + PATIENCE.toSeconds()));
        int middle = message.length / 2;
        message[middle] = (byte) (message[middle] == 'A' ? 'B' : 'A');
        Receipt forged = askRaw(server.webSocket, message);
        check(forged.reason() == Reason.SIGNATURE_INVALID, forged);
        result(outcome(forged));

        step("alice pays kedai " + shown(TOO_MUCH) + ", which she does not have: order-1004");
        Receipt overdrawn = ask(
                server.webSocket, signer, PaymentRequest.sale("order-1004", ALICE.value(), KEDAI.value(), TOO_MUCH));
        check(overdrawn.reason() == Reason.INSUFFICIENT_FUNDS, overdrawn);
        result(outcome(overdrawn));
    }

    private void stop(Server server) {
        step("The server stops: it answers what it has taken, and closes its file");
        DrainReport report = server.engine.drain(PATIENCE);
        if (!report.clean()) {
            throw wentWrong("drained: " + report);
        }
        result("drained: " + report.approved() + " approved (" + report.replayed() + " of them replayed), "
                + report.declined() + " declined, " + report.rejected() + " rejected, " + report.unanswered()
                + " unanswered");
    }

    private void tellWhatToTryNext(Path keyFile, Path data) {
        say("");
        say("Try next, with the ledger and the key that this has left behind:");
        say("  ./bayar accounts --data " + data);
        say("  ./bayar verify --data " + data);
        say("  sqlite3 " + data.resolve("ledger.db") + " 'select * from payments'");
        say("  ./bayar serve --data " + data + " --keys " + keyFile + " &");
        say("  ./bayar pay --url ws://127.0.0.1:2346 --keys " + keyFile + " --kid till-1 \\");
        say("      --from alice --to kedai --amount 100 --currency MYR");
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
            throw wentWrong(e.toString());
        }
    }

    private String balance(Server server, AccountId id, long expectedMinor) throws InterruptedException {
        Account account = await(server.engine.account(id)).orElseThrow(() -> wentWrong("no account " + id));
        if (account.posted() != expectedMinor) {
            throw wentWrong(id + " has " + account.posted() + " instead of " + expectedMinor);
        }
        return id + " has " + shown(new Money(account.posted(), account.currency()));
    }

    private <T> T await(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw wentWrong(String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            throw wentWrong("no answer in " + PATIENCE.toSeconds() + " seconds");
        }
    }

    private void check(boolean asTold, Receipt receipt) {
        if (!asTold) {
            throw wentWrong(receipt.toString());
        }
    }

    private BayarException wentWrong(String what) {
        return new BayarException("step " + step + " (" + told + ") did not come out as told: " + what);
    }

    private void step(String text) {
        told = text;
        say("");
        say(String.format(Locale.ROOT, "%2d. %s", ++step, text));
    }

    private void result(String text) {
        say("    -> " + text);
    }

    private void say(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }

    private static String outcome(Receipt receipt) {
        String reason = receipt.reason().code();
        String status = receipt.status().code();
        return (reason.equals(status) ? status : status + ", " + reason)
                + (receipt.replayed() ? ", replayed" : "")
                + (receipt.sequence() > 0 ? ", number " + receipt.sequence() + " in the ledger" : "")
                + (receipt.reason() == Reason.APPROVED ? "" : "; the money has not moved");
    }

    private static String shown(Money money) {
        int digits = money.currency().getDefaultFractionDigits();
        return BigDecimal.valueOf(money.minor(), digits).toPlainString() + " "
                + money.currency().getCurrencyCode();
    }
}
