package bayar.codec;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Refusal;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes a request as the JSON that a {@link RequestReader} reads. The same request becomes the same bytes. Thread-safe. */
public final class RequestWriter {
    private static final int USUAL_BYTES = 512;
    private static final byte[] ID = JsonBytes.quoted("id");
    private static final byte[] TYPE = JsonBytes.quoted("type");
    private static final byte[] PAYER = JsonBytes.quoted("payer");
    private static final byte[] PAYEE = JsonBytes.quoted("payee");
    private static final byte[] AMOUNT = JsonBytes.quoted("amount");
    private static final byte[] CURRENCY = JsonBytes.quoted("currency");
    private static final byte[] PAYMENT = JsonBytes.quoted("payment");
    private static final byte[] FINAL = JsonBytes.quoted("final");
    private static final byte[] IAT = JsonBytes.quoted("iat");
    private static final byte[] EXP = JsonBytes.quoted("exp");
    private static final byte[] METHOD = JsonBytes.quoted("method");
    private static final byte[] METADATA = JsonBytes.quoted("metadata");
    private static final byte[] TRACEPARENT = JsonBytes.quoted("traceparent");

    /** A writer of requests. */
    public RequestWriter() {}

    /**
     * The request in UTF-8.
     *
     * @param issuedAtSeconds when it is signed, in seconds since 1970
     * @param expiresAtSeconds the deadline, in seconds since 1970
     * @throws BayarException if the deadline does not lie behind the time of signing, or if the metadata is more than
     *     {@link InputLimits#DEFAULT} allows: no engine would take it
     */
    public byte[] write(PaymentRequest request, long issuedAtSeconds, long expiresAtSeconds) {
        return write(request, issuedAtSeconds, expiresAtSeconds, null);
    }

    /**
     * As {@link #write(PaymentRequest, long, long)}, in a trace.
     *
     * @param traceparent the trace context as W3C Trace Context writes it, or null; left out when it is not valid
     */
    public byte[] write(
            PaymentRequest request, long issuedAtSeconds, long expiresAtSeconds, @Nullable String traceparent) {
        if (issuedAtSeconds < 0
                || expiresAtSeconds <= issuedAtSeconds
                || expiresAtSeconds > RequestReader.MAX_TIME_SECONDS) {
            throw new BayarException(
                    "request \"" + request.id() + "\" cannot be signed at " + issuedAtSeconds + " to hold until "
                            + expiresAtSeconds + "; the first must be the earlier one, and both seconds since 1970");
        }
        JsonBytes json = new JsonBytes(USUAL_BYTES).open();
        json.name(ID).string(request.id()).name(TYPE).string(request.type().code());
        AccountId payer = request.payer();
        if (payer != null) {
            json.name(PAYER).string(payer.value());
        }
        AccountId payee = request.payee();
        if (payee != null) {
            json.name(PAYEE).string(payee.value());
        }
        Money amount = request.amount();
        if (amount != null) {
            json.name(AMOUNT).integer(amount.minor());
            json.name(CURRENCY).string(amount.currency().getCurrencyCode());
        }
        String payment = request.payment();
        if (payment != null) {
            json.name(PAYMENT).string(payment);
        }
        if (request.isFinal()) {
            json.name(FINAL).bool(true);
        }
        json.name(IAT).integer(issuedAtSeconds).name(EXP).integer(expiresAtSeconds);
        if (!request.method().equals(PaymentRequest.LEDGER)) {
            json.name(METHOD).string(request.method());
        }
        if (!request.metadata().isEmpty()) {
            metadata(json, request);
        }
        if (traceparent != null && Traceparent.isValid(traceparent)) {
            json.name(TRACEPARENT).string(traceparent);
        }
        return json.close().toBytes();
    }

    private static void metadata(JsonBytes json, PaymentRequest request) {
        Refusal problem = InputLimits.DEFAULT.metadataProblem(request.metadata());
        if (problem != null) {
            throw new BayarException("request \"" + request.id() + "\": " + problem.message());
        }
        json.name(METADATA).open();
        for (Map.Entry<String, String> entry : new TreeMap<>(request.metadata()).entrySet()) {
            json.anyName(entry.getKey()).string(entry.getValue());
        }
        json.close();
    }
}
