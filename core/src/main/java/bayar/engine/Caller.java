package bayar.engine;

import bayar.AnswerEvent;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import bayar.Refusal;
import bayar.codec.ReceiptWriter;
import bayar.transport.Exchange;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Whoever waits for one request's answer: the peer of a transport, or the host's own code. */
abstract class Caller {
    private final String peer;
    private final Tally tally;
    private final long arrivedNanos;

    private Caller(String peer, Tally tally) {
        this.peer = peer;
        this.tally = tally;
        this.arrivedNanos = tally.arrived();
    }

    /** The peer that sent the message of this exchange. */
    static Caller peer(Exchange exchange, ReceiptWriter writer, Tally tally) {
        return new Caller(exchange.peer().address(), tally) {
            @Override
            void send(Receipt receipt, AnswerGroup group) {
                group.reply(exchange, writer.write(receipt));
            }
        };
    }

    /** The host, who has this future; what hangs on it runs on {@code executor}, never on a thread of the engine. */
    static Caller host(CompletableFuture<Receipt> future, Executor executor, Tally tally) {
        return new Caller("call", tally) {
            @Override
            void send(Receipt receipt, AnswerGroup group) {
                future.completeAsync(() -> receipt, executor);
            }
        };
    }

    abstract void send(Receipt receipt, AnswerGroup group);

    String peer() {
        return peer;
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    /** Gives the answer, counts it, and tells those who watch. */
    void answer(@Nullable Principal principal, @Nullable PaymentRequest request, Receipt receipt, AnswerGroup group) {
        send(receipt, group);
        long durationNanos = tally.answered(receipt, arrivedNanos);
        String name = principal == null ? null : principal.name();
        group.tell(new AnswerEvent(name, request, receipt, peer, durationNanos));
    }

    /** Answers that nothing was or will be recorded. */
    void refuse(
            @Nullable String id,
            @Nullable Principal principal,
            @Nullable PaymentRequest request,
            Refusal refusal,
            AnswerGroup group) {
        answer(principal, request, Receipt.refused(id, refusal, tally.retryAfterMillis(refusal.reason())), group);
    }
}
