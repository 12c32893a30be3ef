-- The ledger's schema, version 2. docs/schema.md explains it to people.

CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id_key BLOB NOT NULL
) STRICT;

CREATE TABLE principal (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE kind (
    number INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    money TEXT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT,
    is_final INTEGER NOT NULL,
    begins TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    currency TEXT NOT NULL,
    floor INTEGER
) STRICT;

CREATE TABLE balance (
    account INTEGER PRIMARY KEY REFERENCES account,
    posted INTEGER NOT NULL,
    held INTEGER NOT NULL
) STRICT;

CREATE TABLE balance_change (
    number INTEGER PRIMARY KEY,
    changes TEXT NOT NULL
) STRICT;

CREATE TABLE account_limit (
    account INTEGER PRIMARY KEY REFERENCES account,
    per_payment INTEGER,
    per_day INTEGER,
    per_window INTEGER,
    window_millis INTEGER NOT NULL,
    day INTEGER NOT NULL,
    day_amount INTEGER NOT NULL,
    window_start_millis INTEGER NOT NULL,
    window_count INTEGER NOT NULL
) STRICT;

CREATE TABLE payment (
    sequence INTEGER PRIMARY KEY,
    time_millis INTEGER NOT NULL,
    principal INTEGER NOT NULL REFERENCES principal,
    id TEXT NOT NULL,
    kind INTEGER NOT NULL REFERENCES kind,
    debited INTEGER REFERENCES account,
    credited INTEGER REFERENCES account,
    amount INTEGER,
    detail TEXT
) STRICT;

CREATE TABLE sums (
    sequence INTEGER PRIMARY KEY REFERENCES payment,
    authorized INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    released INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    capturing INTEGER NOT NULL,
    refunding INTEGER NOT NULL
) STRICT;

CREATE TABLE standing (
    sequence INTEGER PRIMARY KEY REFERENCES payment,
    step INTEGER NOT NULL REFERENCES payment,
    doubt_millis INTEGER NOT NULL,
    reference TEXT,
    anomalies INTEGER NOT NULL,
    contradicted INTEGER NOT NULL
) STRICT;

CREATE TABLE unresolved (
    sequence INTEGER PRIMARY KEY REFERENCES payment
) STRICT;

CREATE TABLE open_authorization (
    sequence INTEGER PRIMARY KEY REFERENCES payment,
    expires_millis INTEGER NOT NULL
) STRICT;

CREATE INDEX open_authorization_by_expiry ON open_authorization (expires_millis);

CREATE TABLE cursor (
    name TEXT PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;

CREATE TABLE batch (
    number INTEGER PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    payments INTEGER NOT NULL,
    last_principal INTEGER NOT NULL,
    last_kind INTEGER NOT NULL,
    last_account INTEGER NOT NULL,
    time_millis INTEGER NOT NULL,
    chain BLOB NOT NULL,
    id_hashes BLOB NOT NULL
) STRICT;

CREATE VIEW payments AS
SELECT
    p.sequence,
    strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(q.time_millis, p.time_millis) / 1000.0, 'unixepoch') AS time,
    n.name AS principal,
    p.id,
    k.type,
    coalesce(json_extract(p.detail, '$.payer'), d.name, json_extract(p.detail, '$.debited')) AS payer,
    coalesce(json_extract(p.detail, '$.payee'), c.name, json_extract(p.detail, '$.credited')) AS payee,
    coalesce(q.amount, p.amount) AS amount,
    coalesce(l.currency, k.currency) AS currency,
    coalesce(l.status, k.status) AS status,
    coalesce(l.reason, k.reason) AS reason,
    coalesce(l.money, k.money) AS money,
    coalesce(
        s.authorized,
        CASE WHEN k.begins IN ('authorized', 'captured') THEN p.amount END,
        json_extract(p.detail, '$.authorized'),
        0
    ) AS authorized,
    coalesce(
        s.captured, CASE WHEN k.begins = 'captured' THEN p.amount END, json_extract(p.detail, '$.captured'), 0
    ) AS captured,
    coalesce(s.released, json_extract(p.detail, '$.released'), 0) AS released,
    coalesce(s.refunded, json_extract(p.detail, '$.refunded'), 0) AS refunded,
    coalesce(s.capturing, json_extract(p.detail, '$.capturing'), 0) AS capturing,
    coalesce(s.refunding, json_extract(p.detail, '$.refunding'), 0) AS refunding,
    json_extract(p.detail, '$.payment') AS payment,
    k.method,
    strftime(
        '%Y-%m-%dT%H:%M:%fZ', json_extract(iif(t.step IS NULL, p.detail, q.detail), '$.expires') / 1000.0, 'unixepoch'
    ) AS expires,
    json_extract(p.detail, '$.metadata') AS metadata,
    strftime('%Y-%m-%dT%H:%M:%fZ', p.time_millis / 1000.0, 'unixepoch') AS taken,
    p.amount AS asked,
    t.reference
FROM payment p
JOIN principal n ON n.number = p.principal
JOIN kind k ON k.number = p.kind
LEFT JOIN account d ON d.number = p.debited
LEFT JOIN account c ON c.number = p.credited
LEFT JOIN sums s ON s.sequence = p.sequence
LEFT JOIN standing t ON t.sequence = p.sequence
LEFT JOIN payment q ON q.sequence = t.step
LEFT JOIN kind l ON l.number = q.kind
WHERE k.type NOT IN ('outcome', 'reversal', 'anomaly', 'acknowledgement');

CREATE VIEW steps AS
SELECT
    q.sequence,
    strftime('%Y-%m-%dT%H:%M:%fZ', q.time_millis / 1000.0, 'unixepoch') AS time,
    p.sequence AS payment,
    n.name AS principal,
    p.id,
    l.type,
    l.status,
    l.reason,
    l.money,
    q.amount,
    l.currency,
    json_extract(q.detail, '$.metadata.source') AS source,
    json_extract(q.detail, '$.metadata.operator') AS operator,
    json_extract(q.detail, '$.metadata.reference') AS reference,
    json_extract(q.detail, '$.metadata.note') AS note
FROM payment q
JOIN kind l ON l.number = q.kind
-- The id is bayar:, the type, the payment's sequence and its own; a cast takes the number that a text begins with.
JOIN payment p ON p.sequence = CAST(substr(q.id, length('bayar:' || l.type || ':') + 1) AS INTEGER)
JOIN principal n ON n.number = p.principal
WHERE l.type IN ('outcome', 'reversal', 'anomaly', 'acknowledgement');

CREATE VIEW unresolved_payments AS
SELECT
    p.sequence,
    p.taken,
    iif(p.status = 'in_doubt', strftime('%Y-%m-%dT%H:%M:%fZ', t.doubt_millis / 1000.0, 'unixepoch'), NULL)
        AS in_doubt_since,
    p.principal,
    p.id,
    p.type,
    p.payer,
    p.payee,
    p.amount,
    p.currency,
    p.status,
    p.reason,
    p.payment,
    p.method,
    p.reference,
    coalesce(t.anomalies, 0) AS anomalies
FROM unresolved u
JOIN payments p ON p.sequence = u.sequence
LEFT JOIN standing t ON t.sequence = u.sequence;

CREATE VIEW entries AS
SELECT
    p.sequence,
    strftime('%Y-%m-%dT%H:%M:%fZ', p.time_millis / 1000.0, 'unixepoch') AS time,
    iif(k.type = 'outcome', CAST(substr(p.id, length('bayar:outcome:') + 1) AS INTEGER), p.sequence) AS payment,
    a.name AS account,
    -p.amount AS amount,
    k.currency
FROM payment p
JOIN kind k ON k.number = p.kind
JOIN account a ON a.number = p.debited
WHERE k.money = 'moved' AND p.credited IS NOT NULL
UNION ALL
SELECT
    p.sequence,
    strftime('%Y-%m-%dT%H:%M:%fZ', p.time_millis / 1000.0, 'unixepoch'),
    iif(k.type = 'outcome', CAST(substr(p.id, length('bayar:outcome:') + 1) AS INTEGER), p.sequence),
    a.name,
    p.amount,
    k.currency
FROM payment p
JOIN kind k ON k.number = p.kind
JOIN account a ON a.number = p.credited
WHERE k.money = 'moved' AND p.debited IS NOT NULL;

-- Of several changes of one account the last: max() takes the other columns from its row.
CREATE VIEW changed_balance AS
SELECT
    json_extract(c.value, '$[0]') AS account,
    json_extract(c.value, '$[1]') AS posted,
    json_extract(c.value, '$[2]') AS held,
    max(b.number) AS number
FROM balance_change b, json_each(b.changes) c
GROUP BY 1;

CREATE VIEW current_balance AS
SELECT b.account, coalesce(c.posted, b.posted) AS posted, coalesce(c.held, b.held) AS held
FROM balance b
LEFT JOIN changed_balance c ON c.account = b.account;

CREATE VIEW accounts AS
SELECT a.name AS account, a.currency, b.posted, b.held, a.floor
FROM account a
JOIN current_balance b ON b.account = a.number;

CREATE VIEW limits AS
SELECT
    a.name AS account,
    a.currency,
    l.per_payment,
    l.per_day,
    l.per_window,
    l.window_millis / 1000.0 AS window_seconds,
    date(l.day * 86400, 'unixepoch') AS day,
    l.day_amount,
    strftime('%Y-%m-%dT%H:%M:%fZ', l.window_start_millis / 1000.0, 'unixepoch') AS window_start,
    l.window_count
FROM account_limit l
JOIN account a ON a.number = l.account;

CREATE VIEW batches AS
SELECT
    number,
    first_sequence,
    payments,
    strftime('%Y-%m-%dT%H:%M:%fZ', time_millis / 1000.0, 'unixepoch') AS time,
    lower(hex(chain)) AS chain
FROM batch;
