package bayar.examples;

import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import bayar.auth.Algorithm;
import bayar.auth.KeyFile;
import bayar.auth.KeySet;
import bayar.auth.Signer;
import bayar.client.OutcomeUnknownException;
import bayar.client.PaymentClient;
import bayar.examples.card.ApiSecret;
import bayar.examples.card.CardProcessor;
import bayar.ledger.Account;
import bayar.store.sqlite.SqliteStore;
import bayar.transport.tcp.TcpDialer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/**
 * Tells what becomes of a card payment when the acquirer goes silent and both it and the server are killed: three real
 * processes, and every line told is checked.
 */
@Command(
        name = "card",
        description = {
            "Runs a card acquirer and a server, each as its own process, pays by card, kills both in the middle of a",
            "payment, and shows that the card is charged once. Leaves nothing behind.",
            "Exits with 1 and names the step when one does not come out as told.",
        },
        mixinStandardHelpOptions = true)
final class CardDemo implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long PAUSE_MILLIS = 100;
    private static final String ALICE = "alice";
    private static final String KEDAI = "kedai";
    private static final String CARD = "tok_alice";
    private static final String ORDER = "order-2001";
    private static final String LOST = "order-2002";
    private static final Money OPENING = Money.of(500_00, "MYR");
    private static final Money AUTHORIZED = Money.of(100_00, "MYR");
    private static final Money FIRST_PART = Money.of(60_00, "MYR");
    private static final Money SECOND_PART = Money.of(30_00, "MYR");
    private static final Money GIVEN_BACK = Money.of(30_00, "MYR");
    private static final Money LOST_SALE = Money.of(25_00, "MYR");
    private static final String EXECUTE_AND_HANG =
            "{\"faults\":[{\"kind\":\"hang_after\",\"on\":\"payment\"},{\"kind\":\"hang_before\",\"on\":\"inquiry\"}]}";

    @Spec
    private CommandSpec spec;

    private final Story story = new Story(() -> spec.commandLine().getOut());
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    /** Where everything is. */
    private record Place(Path directory) {
        Path keys() {
            return directory.resolve("keys.json");
        }

        Path accounts() {
            return directory.resolve("accounts.csv");
        }

        Path data() {
            return directory.resolve("ledger");
        }

        Path book() {
            return directory.resolve("book");
        }

        Path secret() {
            return directory.resolve("book.secret");
        }
    }

    /** The two processes that the story is about. */
    private record Cast(ChildProcesses.Child acquirer, ChildProcesses.Child server) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Place place = new Place(Files.createTempDirectory("bayar-demo-card"));
        try (ChildProcesses children = ChildProcesses.in(place.directory())) {
            story.say("Bayar's card demo: a ledger, a card acquirer, and kill -9 in the middle of a payment.");
            Signer till = prepare(place);
            Cast cast = raise(children, place, "The acquirer and the server, each a process of its own");
            allGoesWell(cast, place, till);
            loseTheAnswer(cast, place, till);
            loseTheServer(cast, place);
            Cast again = raise(children, place, "Both start again, from their files");
            settle(again, place);
            askAgain(again, till);
            countUp(again, place);
        }
        story.end();
        return ExitCode.OK;
    }

    private Signer prepare(Place place) throws IOException {
        story.step("A key for the till and two accounts, in a directory that goes when this ends");
        KeyFile.add(place.keys(), "till-1", "till", Algorithm.HS256, List.of(ALICE, KEDAI), new SecureRandom());
        Files.writeString(
                place.accounts(),
                "account,currency,opening\n" + ALICE + ",MYR," + OPENING.minor() + "\n" + KEDAI + ",MYR,0\n");
        story.result(place.directory().toString());
        return Signer.of(KeySet.load(place.keys()), "till-1");
    }

    private Cast raise(ChildProcesses children, Place place, String what) throws IOException, InterruptedException {
        story.step(what);
        ChildProcesses.Child acquirer =
                children.start("acquirer", "--port=0", "--book=" + place.book(), "--secret-file=" + place.secret());
        String acquirerUrl = acquirer.url("http");
        story.result("acquirer: process " + acquirer.process().pid() + ", " + acquirerUrl);
        ChildProcesses.Child server = children.start(
                "serve",
                "--tcp=0",
                "--http=0",
                "--data=" + place.data(),
                "--keys=" + place.keys(),
                "--accounts=" + place.accounts(),
                "--acquirer=" + acquirerUrl,
                "--acquirer-secret=" + place.secret(),
                "--acquirer-timeout=2");
        story.result("server:   process " + server.process().pid() + ", " + server.url("tcp"));
        return new Cast(acquirer, server);
    }

    private void allGoesWell(Cast cast, Place place, Signer till) throws InterruptedException {
        story.step(ALICE + "'s card is authorized for " + Story.shown(AUTHORIZED) + ": " + ORDER);
        approve(cast, till, byCard(ORDER, Operation.AUTHORIZE, AUTHORIZED), MoneyEffect.HELD);
        balances(place, OPENING.minor(), AUTHORIZED.minor(), 0);

        story.step("It is captured in two parts, " + Story.shown(FIRST_PART) + " and, as the last one, "
                + Story.shown(SECOND_PART));
        approve(cast, till, PaymentRequest.capture(ORDER + "-a", ORDER, FIRST_PART), MoneyEffect.MOVED);
        approve(cast, till, lastCapture(), MoneyEffect.MOVED);
        long captured = FIRST_PART.minor() + SECOND_PART.minor();
        balances(place, OPENING.minor() - captured, 0, captured);

        story.step(Story.shown(GIVEN_BACK) + " of it are refunded");
        approve(cast, till, PaymentRequest.refund(ORDER + "-c", ORDER, GIVEN_BACK), MoneyEffect.MOVED);
        balances(place, OPENING.minor() - keptOfOrder(), 0, keptOfOrder());
    }

    private void loseTheAnswer(Cast cast, Place place, Signer till) throws IOException, InterruptedException {
        story.step("From now on the acquirer does what it is asked, and never answers");
        URI acquirer = URI.create(cast.acquirer.url("http"));
        ask(acquirer, place, "POST", "/faults", EXECUTE_AND_HANG);
        story.result("POST /faults " + EXECUTE_AND_HANG);

        story.step(ALICE + " pays " + Story.shown(LOST_SALE) + " with her card, and the acquirer is killed: " + LOST);
        Receipt receipt;
        try (PaymentClient client = client(cast, till, 1)) {
            CompletableFuture<Receipt> reply = client.send(lostSale());
            until("the acquirer has executed it", () -> book(acquirer, place).contains('"' + LOST + '"'));
            story.result("the acquirer has it in its book, and the server waits for its answer");
            cast.acquirer.kill();
            story.result("kill -9 " + cast.acquirer.process().pid() + ", the acquirer");
            receipt = unsettled(reply);
        }
        story.check(receipt.status() == Status.IN_DOUBT, receipt);
        story.result("the client is told: " + Story.outcome(receipt));

        story.step("The money is still held, and the operator sees it: ./bayar open");
        isHeldAndOpen(place);
    }

    private void loseTheServer(Cast cast, Place place) throws IOException, InterruptedException {
        story.step("The server is killed too; its file still knows");
        cast.server.kill();
        story.result("kill -9 " + cast.server.process().pid() + ", the server");
        isHeldAndOpen(place);
    }

    private void isHeldAndOpen(Place place) throws IOException, InterruptedException {
        balances(place, OPENING.minor() - keptOfOrder(), LOST_SALE.minor(), keptOfOrder());
        List<OpenPayment> open = open(place);
        story.check(
                open.size() == 1
                        && open.get(0).id().equals(LOST)
                        && open.get(0).status().equals(Status.IN_DOUBT.code()),
                open);
        bayar("open", "--data", place.data().toString()).lines().forEach(story::result);
    }

    private void settle(Cast cast, Place place) throws IOException, InterruptedException {
        story.step("The server asks the acquirer what became of " + LOST);
        until("nothing is open", () -> open(place).isEmpty());
        String settled = "payment " + LOST + " of till is in doubt no more: approved";
        until(
                "the server's log tells that an inquiry settled it",
                () -> Files.readString(cast.server.log())
                        .lines()
                        .anyMatch(line -> line.contains(settled) && line.contains("source=inquiry")));
        story.result("the server's log: " + settled + ", by inquiry");
        story.result("./bayar open: "
                + bayar("open", "--data", place.data().toString()).strip());
    }

    private void askAgain(Cast cast, Signer till) throws InterruptedException {
        story.step("The client, which was never told, sends " + LOST + " once more");
        try (PaymentClient client = client(cast, till, 50)) {
            Receipt receipt = await(client.send(lostSale()));
            story.check(receipt.reason() == Reason.APPROVED && receipt.replayed(), receipt);
            story.check(receipt.money() == MoneyEffect.MOVED, receipt);
            story.result(Story.outcome(receipt));
        }
    }

    private void countUp(Cast cast, Place place) throws IOException, InterruptedException {
        story.step("The acquirer's own book: the card was charged once");
        requireChargedOnce(book(URI.create(cast.acquirer.url("http")), place), LOST, LOST_SALE);
        story.result("GET /book: " + LOST + " is there once, approved, " + Story.shown(LOST_SALE));

        story.step("The balances add up, and the ledger's history is sound");
        long paid = keptOfOrder() + LOST_SALE.minor();
        balances(place, OPENING.minor() - paid, 0, paid);
        long sum = accounts(place).values().stream().mapToLong(Account::posted).sum();
        story.check(sum == 0, "all accounts together make " + sum);
        story.result("all accounts together, with the other side of the opening, make 0");
        story.result("./bayar verify: "
                + bayar("verify", "--data", place.data().toString()).strip());
    }

    private static long keptOfOrder() {
        return FIRST_PART.minor() + SECOND_PART.minor() - GIVEN_BACK.minor();
    }

    private static PaymentRequest byCard(String id, Operation type, Money amount) {
        return PaymentRequest.builder(id, type)
                .payer(ALICE)
                .payee(KEDAI)
                .amount(amount)
                .method("card")
                .metadata(Map.of(CardProcessor.CARD, CARD))
                .build();
    }

    private static PaymentRequest lastCapture() {
        return PaymentRequest.builder(ORDER + "-b", Operation.CAPTURE)
                .payment(ORDER)
                .amount(SECOND_PART)
                .isFinal(true)
                .build();
    }

    private static PaymentRequest lostSale() {
        return byCard(LOST, Operation.SALE, LOST_SALE);
    }

    private static PaymentClient client(Cast cast, Signer till, int maxTries) {
        URI url = URI.create(cast.server.url("tcp"));
        return PaymentClient.builder(TcpDialer.to(url.getHost(), url.getPort()), till)
                .maxTries(maxTries)
                .deadline(PATIENCE)
                .build();
    }

    private void approve(Cast cast, Signer till, PaymentRequest request, MoneyEffect money)
            throws InterruptedException {
        try (PaymentClient client = client(cast, till, 50)) {
            Receipt receipt = await(client.send(request));
            story.check(receipt.reason() == Reason.APPROVED && receipt.money() == money, receipt);
            story.result(request.id() + ": " + Story.outcome(receipt));
        }
    }

    private Receipt await(CompletableFuture<Receipt> reply) throws InterruptedException {
        try {
            return reply.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw story.wentWrong("no outcome: " + e);
        }
    }

    /** The answer that leaves it open. */
    private Receipt unsettled(CompletableFuture<Receipt> reply) throws InterruptedException {
        try {
            return reply.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OutcomeUnknownException unknown && unknown.lastReceipt() != null) {
                return unknown.lastReceipt();
            }
            throw story.wentWrong("no answer: " + e.getCause());
        } catch (TimeoutException e) {
            throw story.wentWrong("no answer: " + e);
        }
    }

    private void balances(Place place, long alicePosted, long aliceHeld, long kedaiPosted) {
        Map<String, Account> accounts = accounts(place);
        story.result(
                balance(accounts, ALICE, alicePosted, aliceHeld) + "; " + balance(accounts, KEDAI, kedaiPosted, 0));
    }

    private String balance(Map<String, Account> accounts, String id, long posted, long held) {
        Account account = accounts.get(id);
        if (account == null || account.posted() != posted || account.held() != held) {
            throw story.wentWrong(account + " instead of " + posted + ", of which " + held + " are held");
        }
        String has = id + " has " + Story.shown(new Money(posted, account.currency()));
        return held == 0 ? has : has + ", " + Story.shown(new Money(held, account.currency())) + " of it held";
    }

    /** What the file says, whether a server runs on it or not. */
    private static Map<String, Account> accounts(Place place) {
        Map<String, Account> accounts = new HashMap<>();
        SqliteStore.readAccounts(
                place.data(), account -> accounts.put(account.id().value(), account));
        return accounts;
    }

    private List<OpenPayment> open(Place place) {
        return bayar("open", "--json", "--data", place.data().toString())
                .lines()
                .map(line -> Json.read(line.getBytes(StandardCharsets.UTF_8), OpenPayment.class))
                .toList();
    }

    /** What this command prints. */
    private String bayar(String... command) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), command);
        story.check(exitCode == ExitCode.OK, String.join(" ", command) + " exits with " + exitCode + ": " + err);
        return out.toString();
    }

    private String book(URI acquirer, Place place) throws IOException, InterruptedException {
        return ask(acquirer, place, "GET", "/book", "");
    }

    private String ask(URI acquirer, Place place, String method, String path, String body)
            throws IOException, InterruptedException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request = HttpRequest.newBuilder(acquirer.resolve(path))
                .timeout(PATIENCE)
                .method(method, BodyPublishers.ofByteArray(bytes));
        ApiSecret.read(place.secret())
                .headers(method + ' ' + path, bytes, Instant.now())
                .forEach(request::header);
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        story.check(response.statusCode() == 200, method + ' ' + path + ": " + response.body());
        return response.body();
    }

    /** @throws BayarException unless the book has exactly one charge for this id, approved, of this amount */
    static void requireChargedOnce(String book, String id, Money amount) {
        int charges = 0;
        for (JsonNode entry : Json.MAPPER.readTree(book)) {
            if (entry.path("order").path("merchantReference").asString("").equals(id)) {
                charges++;
                boolean isAsTold = entry.path("status").asString("").equals("approved")
                        && entry.path("amount").asLong(0) == amount.minor()
                        && entry.path("currency")
                                .asString("")
                                .equals(amount.currency().getCurrencyCode());
                if (!isAsTold) {
                    throw new BayarException(
                            "the acquirer's book does not say approved, " + Story.shown(amount) + ": " + entry);
                }
            }
        }
        if (charges != 1) {
            throw new BayarException("the acquirer's book has " + id + " " + charges + " times: " + book);
        }
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private void until(String what, Condition condition) throws IOException, InterruptedException {
        long endNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            story.check(System.nanoTime() - endNanos < 0, "waited " + PATIENCE.toSeconds() + " s until " + what);
            Thread.sleep(PAUSE_MILLIS);
        }
    }
}
