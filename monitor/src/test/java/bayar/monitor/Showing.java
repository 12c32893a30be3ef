package bayar.monitor;

import bayar.EngineStatus;
import bayar.Operator;
import bayar.PaymentHistory;
import bayar.Receipt;
import bayar.Resolution;
import bayar.StoreStatus;
import bayar.TransportStatus;
import bayar.UnresolvedPayment;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The operator of an engine that shows these numbers of itself, and does nothing. */
record Showing(EngineStatus status, StoreStatus store, List<TransportStatus> transports) implements Operator {
    @Override
    public List<String> methods() {
        return List.of("card");
    }

    @Override
    public CompletableFuture<List<UnresolvedPayment>> unresolved(int max) {
        throw new UnsupportedOperationException("it only shows");
    }

    @Override
    public CompletableFuture<PaymentHistory> history(String principal, String id) {
        throw new UnsupportedOperationException("it only shows");
    }

    @Override
    public CompletableFuture<Receipt> resolve(Resolution resolution) {
        throw new UnsupportedOperationException("it only shows");
    }
}
