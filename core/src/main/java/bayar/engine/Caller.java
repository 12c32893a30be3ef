package bayar.engine;

import bayar.AnswerEvent;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Stages;
import bayar.codec.ReceiptWriter;
import bayar.transport.Exchange;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Whoever waits for one request's answer: the peer of a transport, or the host's own code. Keeps how long the request
 * took, as it passes from one thread to the next.
 */
abstract class Caller {
    private final String peer;
    private final String transport;
    private final Tally tally;
    private final long arrivedNanos;
    private final boolean isTimed;

    /** When the stage began that goes on now. */
    private long sinceNanos;

    private long decodeNanos;
    private long verifyNanos;
    private long queueNanos;
    private long commitNanos;
    private boolean isWaiting;
    private @Nullable String method;
    private @Nullable String traceparent;

    private Caller(String peer, String transport, Tally tally) {
        this.peer = peer;
        this.transport = transport;
        this.tally = tally;
        this.arrivedNanos = tally.arrived();
        this.isTimed = tally.isTimed();
        this.sinceNanos = arrivedNanos;
    }

    /** The peer that sent the message of this exchange. */
    static Caller peer(Exchange exchange, String transport, ReceiptWriter writer, Tally tally) {
        return new Caller(exchange.peer().address(), transport, tally) {
            @Override
            void send(Receipt receipt, AnswerGroup group) {
                group.reply(exchange, writer.write(receipt));
            }
        };
    }

    /** The host, who has this future; what hangs on it runs on {@code executor}, never on a thread of the engine. */
    static Caller host(CompletableFuture<Receipt> future, Executor executor, Tally tally) {
        return new Caller("call", "call", tally) {
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

    /** Its signature was looked at. */
    void authenticated() {
        verifyNanos += sinceThen();
    }

    /** Its fields were read. */
    void decoded() {
        decodeNanos += sinceThen();
    }

    /** Verifiers have looked at it. */
    void verified() {
        verifyNanos += sinceThen();
    }

    private long sinceThen() {
        if (!isTimed) {
            return 0;
        }
        long before = sinceNanos;
        sinceNanos = tally.nanos();
        return sinceNanos - before;
    }

    /** The trace that it was sent in. */
    void traceparent(@Nullable String newTraceparent) {
        traceparent = newTraceparent;
    }

    /** Which processor it was given to. */
    void method(@Nullable String newMethod) {
        method = newMethod;
    }

    /** It is pending: what comes now is its processor's. */
    void waits(AnswerGroup group) {
        passed(group);
        sinceNanos = group.committedNanos();
        isWaiting = true;
    }

    private void passed(AnswerGroup group) {
        if (group.isOfBatch()) {
            queueNanos = Math.max(0, group.takenNanos() - sinceNanos);
            commitNanos = group.committedNanos() - group.takenNanos();
        }
    }

    /** Gives the answer, counts it, and tells those who watch. */
    void answer(@Nullable Principal principal, @Nullable PaymentRequest request, Receipt receipt, AnswerGroup group) {
        send(receipt, group);
        tally.answered(receipt);
        if (!isTimed) {
            return;
        }
        long nowNanos = tally.nanos();
        if (!isWaiting) {
            passed(group);
        }
        long processorNanos = isWaiting ? nowNanos - sinceNanos : 0;
        Stages stages =
                new Stages(decodeNanos, verifyNanos, queueNanos, commitNanos, processorNanos, nowNanos - arrivedNanos);
        String name = principal == null ? null : principal.name();
        PaymentFlight.record(name, request, receipt, transport, stages);
        String worked = method != null || request == null ? method : request.method();
        group.tell(new AnswerEvent(name, request, receipt, worked, transport, peer, stages, nowNanos, traceparent));
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
