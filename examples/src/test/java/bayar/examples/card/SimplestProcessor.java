package bayar.examples.card;

import bayar.Attempt;
import bayar.BlockingProcessor;
import bayar.Outcome;
import bayar.Payment;
import bayar.Reason;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The simplest processor: it vouches for nothing, so what is in doubt waits for a person. */
record SimplestProcessor(HttpClient http, URI bank) implements BlockingProcessor {
    @Override
    public Outcome process(Payment payment, Attempt attempt) throws Exception {
        String order = payment.type().code() + ' ' + payment.amount();
        HttpRequest request = HttpRequest.newBuilder(bank.resolve(attempt.key()))
                .PUT(BodyPublishers.ofString(order))
                .build();
        int status = http.send(request, BodyHandlers.discarding()).statusCode();
        return switch (status) {
            case 200 -> Outcome.approved(payment.amount());
            case 402 -> Outcome.declined(Reason.DO_NOT_HONOR);
            default -> Outcome.unknown("the bank answers " + status);
        };
    }

    @Override
    public Outcome inquire(Payment payment, Attempt attempt) {
        return Outcome.notSupported();
    }
}
