package bayar.testkit;

import bayar.Attempt;
import bayar.BlockingProcessor;
import bayar.Capabilities;
import bayar.Notice;
import bayar.Notification;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.ProcessorTraits;
import java.time.Duration;
import java.util.Objects;

/** One that waits for its answers, can only be asked, and charges whatever is sent again once more. */
class ModestProcessorContractTest extends OverScriptedProcessor {
    ModestProcessorContractTest() {
        super(new ScriptedProcessor()
                .vouchesFor(Capabilities.NONE.inquirable(Duration.ofSeconds(4)))
                .byDefault(ScriptedProcessor.Kind.REVERSE, Behavior.says(Outcome.notSupported()))
                .repeats(true));
    }

    @Override
    protected PaymentRequest approvedPayment() {
        PaymentRequest sale = super.approvedPayment();
        return PaymentRequest.authorize("template", "alice", "kedai", Objects.requireNonNull(sale.amount()));
    }

    @Override
    protected ProcessorTraits processor() {
        return new BlockingProcessor() {
            @Override
            public Outcome process(Payment payment, Attempt attempt) throws Exception {
                return card.process(payment, attempt).toCompletableFuture().get();
            }

            @Override
            public Outcome inquire(Payment payment, Attempt attempt) throws Exception {
                return card.inquire(payment, attempt).toCompletableFuture().get();
            }

            @Override
            public Capabilities capabilities() {
                return card.capabilities();
            }

            @Override
            public Notice read(Notification notification) {
                return card.read(notification);
            }
        };
    }
}
