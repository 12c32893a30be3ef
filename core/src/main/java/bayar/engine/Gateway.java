package bayar.engine;

import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Refusal;
import bayar.VerificationContext;
import bayar.auth.Authenticator;
import bayar.codec.Claims;
import bayar.codec.Decoding;
import bayar.codec.InputLimits;
import bayar.codec.ReceiptWriter;
import bayar.codec.RequestReader;
import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import bayar.transport.Peer;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one transport come in: authenticates, decodes and verifies each, and submits what passes to the
 * committer. Runs on the transport's event loops, and on a worker where that would take long.
 */
final class Gateway implements MessageHandler {
    private static final int LATE_TOGETHER = 64;

    private final Authenticator authenticator;
    private final @Nullable Principal unsigned;
    private final InputLimits limits;
    private final RequestReader reader;
    private final ReceiptWriter writer = new ReceiptWriter();
    private final Gate gate;
    private final Workers workers;
    private final Committer committer;
    private final Outside outside;
    private final Watchers watchers;
    private final Tally tally;
    private final Clock clock;
    private final String transport;

    Gateway(
            String transport,
            Authenticator authenticator,
            @Nullable Principal unsigned,
            InputLimits limits,
            Gate gate,
            Workers workers,
            Committer committer,
            Outside outside,
            Watchers watchers,
            Tally tally,
            Clock clock) {
        this.transport = transport;
        this.authenticator = authenticator;
        this.unsigned = unsigned;
        this.limits = limits;
        this.reader = new RequestReader(limits);
        this.gate = gate;
        this.workers = workers;
        this.committer = committer;
        this.outside = outside;
        this.watchers = watchers;
        this.tally = tally;
        this.clock = clock;
    }

    /**
     * At how many more messages to look for their deadline before their signature is checked: where one was late, others
     * that waited with it are. A guess, written by all loops.
     */
    private volatile int lookForLate;

    @Override
    public void onMessage(Exchange exchange, byte[] message) {
        new Passage(exchange, message).begin();
    }

    /** While too much waits, each peer its share: to let it wait costs less than to tell it so message by message. */
    @Override
    public int mostUnanswered(Peer peer) {
        Admission admission = committer.admission();
        return admission.isCongested() ? admission.share(peer) : Integer.MAX_VALUE;
    }

    /** One message on its way through. */
    private final class Passage {
        private final Peer peer;
        private final Caller caller;
        private final byte[] message;

        Passage(Exchange exchange, byte[] message) {
            this.peer = exchange.peer();
            this.caller = Caller.peer(exchange, transport, writer, tally);
            this.message = message;
        }

        void begin() {
            Refusal tooLarge = limits.messageProblem(message.length);
            if (tooLarge != null) {
                refuse(null, null, null, tooLarge);
            } else if (isTurnedAway()) {
                return;
            } else if (unsigned != null && message.length > 0 && message[0] == '{') {
                read(unsigned, null, message);
            } else {
                open();
            }
        }

        /**
         * Whether it was refused before any work was put into it: its sender has more unanswered than its share, or its time
         * is up where messages were late before it. What it says of itself is not proven, but nobody else is refused for it.
         */
        private boolean isTurnedAway() {
            Admission admission = committer.admission();
            boolean isOverShare = admission.isCongested() && admission.isOverShare(peer);
            int late = lookForLate;
            if (!isOverShare && late == 0) {
                return false;
            }
            Claims claims = Authenticator.claims(message);
            if (clock.instant().getEpochSecond() >= claims.expiresAtSeconds()) {
                String sentence = Reason.DEADLINE_EXCEEDED.sentence();
                refuse(claims.id(), null, null, new Refusal(Reason.DEADLINE_EXCEEDED, "exp", sentence));
                return true;
            }
            lookForLate = Math.max(0, late - 1);
            // An inquiry is what tells whoever was refused how things stand.
            if (isOverShare && !claims.isInquiry()) {
                refuse(claims.id(), null, null, Refusal.of(Reason.OVERLOADED));
                return true;
            }
            return false;
        }

        private void open() {
            Authenticator.Opened opened = authenticator.open(message);
            if (opened instanceof Authenticator.Envelope envelope) {
                if (!envelope.isCostly() && !gate.runsHostCode()) {
                    authenticate(envelope);
                } else if (!workers.accept(() -> authenticate(envelope))) {
                    refuse(envelope.claimedId(), null, null, Refusal.of(Reason.OVERLOADED));
                }
            } else if (opened instanceof Authenticator.Refused refused) {
                refuse(refused.id(), null, null, refused.refusal());
            }
        }

        private void authenticate(Authenticator.Envelope envelope) {
            Authenticator.Authentication authentication = envelope.verify();
            caller.authenticated();
            if (authentication instanceof Authenticator.Authenticated sender) {
                read(sender.principal(), sender.keyId(), sender.payload());
            } else if (authentication instanceof Authenticator.Refused refused) {
                refuse(refused.id(), null, null, refused.refusal());
            }
        }

        private void read(Principal principal, @Nullable String keyId, byte[] payload) {
            Decoding decoding = reader.read(payload, 0, payload.length);
            caller.decoded();
            if (decoding instanceof Decoding.Message decoded) {
                verify(principal, keyId, decoded);
            } else if (decoding instanceof Decoding.Malformed malformed) {
                refuse(malformed.id(), principal, null, malformed.refusal());
            }
        }

        private void verify(Principal principal, @Nullable String keyId, Decoding.Message decoded) {
            PaymentRequest request = decoded.request();
            caller.traceparent(decoded.traceparent());
            Instant deadline = Instant.ofEpochSecond(decoded.expiresAtSeconds());
            VerificationContext context = new VerificationContext(
                    principal,
                    keyId,
                    Instant.ofEpochSecond(decoded.issuedAtSeconds()),
                    deadline,
                    clock.instant(),
                    caller.peer());
            Refusal refusal = peer.identify(principal.name())
                    ? gate.refusal(request, context)
                    : new Refusal(
                            Reason.OVERLOADED, null, "principal " + principal.name() + " has too many connections");
            caller.verified();
            if (refusal != null) {
                if (refusal.reason() == Reason.DEADLINE_EXCEEDED) {
                    lookForLate = LATE_TOGETHER;
                }
                refuse(request.id(), principal, request, refusal);
            } else {
                committer.submit(new PaymentCommand(
                        caller, principal, request, deadline.toEpochMilli(), message.length, outside));
            }
        }

        private void refuse(
                @Nullable String id, @Nullable Principal principal, @Nullable PaymentRequest request, Refusal refusal) {
            AnswerGroup.alone(watchers, group -> caller.refuse(id, principal, request, refusal, group));
        }
    }
}
