package bayar.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What people write: a payment service as a good developer writes it in an afternoon, of the parts everybody knows. Netty
 * brings the messages, Jackson reads them, {@code javax.crypto} checks them, and a small pool of threads executes each in
 * one JDBC transaction, idempotent by a unique index.
 *
 * <p>SQLite writes one transaction at a time, so there is one connection to write with, its statements prepared once.
 */
final class HandwrittenServer implements AutoCloseable {
    private static final int THREADS = 4;

    /** An answer: what is stored of a payment is its status, reason and sequence. */
    private record Answer(@Nullable String id, String status, String reason, boolean replayed, long sequence) {}

    private final ObjectMapper json = new ObjectMapper();
    private final SecretKeySpec secret;
    private final String principal;
    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    private final Transaction transaction;

    private HandwrittenServer(Contender.Setup setup) throws SQLException {
        JsonNode key = json.readTree(setup.keys().toFile()).get("keys").get(0);
        byte[] secretBytes = Base64.getUrlDecoder().decode(key.get("k").asString());
        secret = new SecretKeySpec(secretBytes, "HmacSHA256");
        principal = key.get("principal").asString();
        transaction = new Transaction(setup.directory().resolve("payments.db"), setup.accounts());
    }

    static Contender.Running open(Contender.Setup setup) throws SQLException {
        HandwrittenServer service = new HandwrittenServer(setup);
        Contender.Running listening = NettyServer.open(setup.isWebSocket(), service::handler);
        return new Contender.Running(listening.port(), () -> {
            listening.server().close();
            service.close();
        });
    }

    private SimpleChannelInboundHandler<ByteBuf> handler() {
        return new SimpleChannelInboundHandler<>() {
            @Override
            protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
                String text = message.toString(StandardCharsets.US_ASCII);
                pool.execute(() -> {
                    byte[] reply = reply(answer(text));
                    context.writeAndFlush(Unpooled.wrappedBuffer(reply), context.voidPromise());
                });
            }
        };
    }

    private Answer answer(String message) {
        String[] parts = message.split("\\.", -1);
        if (parts.length != 3 || !isAuthentic(message.substring(0, message.lastIndexOf('.')), parts[2])) {
            return refused(null, "signature_invalid");
        }
        try {
            JsonNode request = json.readTree(Base64.getUrlDecoder().decode(parts[1]));
            String id = request.get("id").asString();
            long now = Instant.now().getEpochSecond();
            long issued = request.get("iat").asLong();
            if (issued < now - 300 || issued > now + 60 || request.get("exp").asLong() <= now) {
                return refused(id, "stale");
            }
            if (!request.get("type").asString().equals("sale")
                    || request.get("amount").asLong() < 1) {
                return refused(id, "format_error");
            }
            return execute(id, request);
        } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
            return refused(null, "format_error");
        }
    }

    private boolean isAuthentic(String signed, String signature) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            byte[] expected = mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
            return MessageDigest.isEqual(expected, Base64.getUrlDecoder().decode(signature));
        } catch (IllegalArgumentException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Answer execute(String id, JsonNode request) {
        try {
            return transaction.execute(id, request);
        } catch (SQLException e) {
            return new Answer(id, "in_doubt", "store_error", false, 0);
        }
    }

    private static Answer refused(@Nullable String id, String reason) {
        return new Answer(id, "rejected", reason, false, 0);
    }

    private byte[] reply(Answer answer) {
        ObjectNode reply = json.createObjectNode();
        reply.put("id", answer.id());
        reply.put("status", answer.status());
        reply.put("reason", answer.reason());
        reply.put("money", answer.status().equals("approved") ? "moved" : "not_moved");
        reply.put("retry", answer.status().equals("busy") ? "same_id" : "never");
        reply.put("replayed", answer.replayed());
        reply.put("sequence", answer.sequence());
        reply.put("time", Instant.now().toString());
        return json.writeValueAsBytes(reply);
    }

    @Override
    public void close() throws SQLException {
        pool.shutdownNow();
        transaction.connection.close();
    }

    /** The connection that writes, with its statements. */
    private final class Transaction {
        private final Connection connection;
        private final PreparedStatement insert;
        private final PreparedStatement find;
        private final PreparedStatement debit;
        private final PreparedStatement credit;
        private final PreparedStatement decline;

        Transaction(Path file, int accounts) throws SQLException {
            connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA journal_mode=WAL");
                statement.execute("PRAGMA synchronous=FULL");
                statement.execute("CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, currency TEXT NOT NULL,"
                        + " balance INTEGER NOT NULL) WITHOUT ROWID");
                statement.execute("CREATE TABLE IF NOT EXISTS payment (sequence INTEGER PRIMARY KEY, principal TEXT NOT"
                        + " NULL, id TEXT NOT NULL, payer TEXT NOT NULL, payee TEXT NOT NULL, amount INTEGER NOT NULL,"
                        + " currency TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL,"
                        + " UNIQUE (principal, id))");
            }
            connection.setAutoCommit(false);
            try (PreparedStatement open = connection.prepareStatement(
                    "INSERT INTO account VALUES (?, 'MYR', " + Contender.OPENING_MINOR + ") ON CONFLICT DO NOTHING")) {
                for (int i = 0; i < accounts; i++) {
                    open.setString(1, "a-" + i);
                    open.executeUpdate();
                }
            }
            connection.commit();
            insert = connection.prepareStatement("INSERT INTO payment (principal, id, payer, payee, amount, currency,"
                    + " status, reason, time) VALUES (?, ?, ?, ?, ?, ?, 'approved', 'approved', ?)"
                    + " ON CONFLICT DO NOTHING RETURNING sequence");
            find = connection.prepareStatement(
                    "SELECT status, reason, sequence, payer, payee, amount, currency FROM payment"
                            + " WHERE principal = ? AND id = ?");
            debit = connection.prepareStatement(
                    "UPDATE account SET balance = balance - ?1 WHERE name = ?2 AND currency = ?3 AND balance >= ?1");
            credit = connection.prepareStatement(
                    "UPDATE account SET balance = balance + ? WHERE name = ? AND currency = ?");
            decline = connection.prepareStatement(
                    "UPDATE payment SET status = 'declined', reason = ? WHERE sequence = ?");
        }

        synchronized Answer execute(String id, JsonNode request) throws SQLException {
            try {
                Answer answer = decide(id, request);
                connection.commit();
                return answer;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            }
        }

        private Answer decide(String id, JsonNode request) throws SQLException {
            String payer = request.get("payer").asString();
            String payee = request.get("payee").asString();
            long amount = request.get("amount").asLong();
            String currency = request.get("currency").asString();
            insert.setString(1, principal);
            insert.setString(2, id);
            insert.setString(3, payer);
            insert.setString(4, payee);
            insert.setLong(5, amount);
            insert.setString(6, currency);
            insert.setLong(7, System.currentTimeMillis());
            long sequence;
            try (ResultSet inserted = insert.executeQuery()) {
                if (!inserted.next()) {
                    return earlier(id, payer, payee, amount, currency);
                }
                sequence = inserted.getLong(1);
            }
            debit.setLong(1, amount);
            debit.setString(2, payer);
            debit.setString(3, currency);
            if (debit.executeUpdate() == 0) {
                return declined(id, sequence, "insufficient_funds");
            }
            credit.setLong(1, amount);
            credit.setString(2, payee);
            credit.setString(3, currency);
            if (credit.executeUpdate() == 0) {
                credit.setLong(1, amount);
                credit.setString(2, payer);
                credit.executeUpdate();
                return declined(id, sequence, "account_unknown");
            }
            return new Answer(id, "approved", "approved", false, sequence);
        }

        private Answer declined(String id, long sequence, String reason) throws SQLException {
            decline.setString(1, reason);
            decline.setLong(2, sequence);
            decline.executeUpdate();
            return new Answer(id, "declined", reason, false, sequence);
        }

        private Answer earlier(String id, String payer, String payee, long amount, String currency)
                throws SQLException {
            find.setString(1, principal);
            find.setString(2, id);
            try (ResultSet found = find.executeQuery()) {
                found.next();
                boolean isSame = found.getString(4).equals(payer)
                        && found.getString(5).equals(payee)
                        && found.getLong(6) == amount
                        && found.getString(7).equals(currency);
                return isSame
                        ? new Answer(id, found.getString(1), found.getString(2), true, found.getLong(3))
                        : refused(id, "id_reused");
            }
        }
    }
}
