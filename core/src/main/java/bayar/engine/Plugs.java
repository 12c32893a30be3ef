package bayar.engine;

import bayar.AccountId;
import bayar.BayarException;
import bayar.BlockingProcessor;
import bayar.Extension;
import bayar.OutboxListener;
import bayar.PaymentRequest;
import bayar.Probe;
import bayar.Processor;
import bayar.Verifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;

/** What the host and its extensions plug into an engine before it starts. */
final class Plugs implements Extension.Registrar {
    record PluggedProcessor(Processor processor, ProcessorSettings settings) {}

    final List<Verifier> verifiers = new ArrayList<>();
    final Map<String, PluggedProcessor> processors = new LinkedHashMap<>();
    final Map<String, OutboxListener> outboxes = new LinkedHashMap<>();
    final List<Probe> probes = new ArrayList<>();
    private final ThreadFactory threads;

    /** @param threads makes the threads that blocking processors wait on */
    Plugs(ThreadFactory threads) {
        this.threads = threads;
    }

    @Override
    public void verifier(Verifier verifier) {
        verifiers.add(verifier);
    }

    @Override
    public void processor(String method, Processor processor) {
        processor(method, processor, ProcessorSettings.DEFAULT);
    }

    @Override
    public void processor(String method, BlockingProcessor processor) {
        processor(method, processor, ProcessorSettings.DEFAULT);
    }

    void processor(String method, BlockingProcessor processor, ProcessorSettings settings) {
        processor(method, new BlockingAdapter(method, processor, settings.threads(), threads), settings);
    }

    void processor(String method, Processor processor, ProcessorSettings settings) {
        requireName("method", method);
        if (method.equals(PaymentRequest.LEDGER)) {
            throw new BayarException("method " + method + " is the ledger's own; choose another name");
        }
        if (processors.putIfAbsent(method, new PluggedProcessor(processor, settings)) != null) {
            throw new BayarException("there are two processors for method " + method + "; choose another name for one");
        }
    }

    @Override
    public void outbox(String name, OutboxListener listener) {
        requireName("outbox", name);
        if (outboxes.putIfAbsent(name, listener) != null) {
            throw new BayarException("there are two outboxes called " + name + "; choose another name for one");
        }
    }

    @Override
    public void probe(Probe probe) {
        probes.add(probe);
    }

    private static void requireName(String what, String name) {
        if (!AccountId.isValid(name)) {
            throw new BayarException(
                    what + " \"" + name + "\" is not 1 to 64 characters of A-Z a-z 0-9 . _ : -; choose such a name");
        }
    }
}
