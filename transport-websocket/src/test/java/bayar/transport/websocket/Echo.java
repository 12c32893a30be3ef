package bayar.transport.websocket;

import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import bayar.transport.Peer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Answers each message with itself, and counts. */
class Echo implements MessageHandler {
    final Set<Peer> open = ConcurrentHashMap.newKeySet();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger messages = new AtomicInteger();
    final AtomicInteger outOfOrder = new AtomicInteger();

    @Override
    public void onMessage(Exchange exchange, byte[] message) {
        messages.incrementAndGet();
        if (!open.contains(exchange.peer())) {
            outOfOrder.incrementAndGet();
        }
        exchange.reply(message);
    }

    @Override
    public void onOpen(Peer peer) {
        opened.incrementAndGet();
        open.add(peer);
    }

    @Override
    public void onClose(Peer peer) {
        closed.incrementAndGet();
        if (!open.remove(peer)) {
            outOfOrder.incrementAndGet();
        }
    }
}
