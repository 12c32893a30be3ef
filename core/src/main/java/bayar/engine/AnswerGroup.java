package bayar.engine;

import bayar.EngineEvent;
import bayar.transport.Exchange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers that become ready together: each event loop is woken once for all of them. Not thread-safe. */
final class AnswerGroup {
    private static final Logger log = LoggerFactory.getLogger(AnswerGroup.class);

    private final Watchers watchers;
    private final Set<Exchange.Outbox> outboxes = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<EngineEvent> events = new ArrayList<>();
    private boolean isOfBatch;
    private long takenNanos;
    private long committedNanos;

    AnswerGroup(Watchers watchers) {
        this.watchers = watchers;
    }

    /** Gives one answer by itself. */
    static void alone(Watchers watchers, Consumer<AnswerGroup> answer) {
        AnswerGroup group = new AnswerGroup(watchers);
        answer.accept(group);
        group.send();
    }

    /** From here on answers are those of a batch that was taken and became durable then, in the engine's nanoseconds. */
    void batch(long newTakenNanos, long newCommittedNanos) {
        isOfBatch = true;
        takenNanos = newTakenNanos;
        committedNanos = newCommittedNanos;
    }

    /** Whether the answers are those of a batch. */
    boolean isOfBatch() {
        return isOfBatch;
    }

    /** When that batch was taken. */
    long takenNanos() {
        return takenNanos;
    }

    /** When that batch became durable. */
    long committedNanos() {
        return committedNanos;
    }

    /** A transport that fails loses this reply, never the engine: the client asks again and gets the same answer. */
    void reply(Exchange exchange, byte[] message) {
        try {
            outboxes.add(exchange.enqueue(message));
        } catch (RuntimeException e) {
            log.warn(
                    "a reply to {} was lost; the client will ask again",
                    exchange.peer().address(),
                    e);
        }
    }

    /** Tells the watchers of an event, behind the replies. */
    void tell(EngineEvent event) {
        if (!watchers.isEmpty()) {
            events.add(event);
        }
    }

    void send() {
        outboxes.forEach(AnswerGroup::wake);
        outboxes.clear();
        if (!events.isEmpty()) {
            watchers.tell(events);
            events.clear();
        }
    }

    private static void wake(Exchange.Outbox outbox) {
        try {
            outbox.wake();
        } catch (RuntimeException e) {
            log.warn("replies were lost with the event loop that should send them; the clients will ask again", e);
        }
    }
}
