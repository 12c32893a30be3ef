-- The ledger's schema, version 1. docs/schema.md explains it to people.

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
    refunded INTEGER NOT NULL
) STRICT;

CREATE TABLE open_authorization (
    sequence INTEGER PRIMARY KEY REFERENCES payment,
    expires_millis INTEGER NOT NULL
) STRICT;

CREATE INDEX open_authorization_by_expiry ON open_authorization (expires_millis);

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
    strftime('%Y-%m-%dT%H:%M:%fZ', p.time_millis / 1000.0, 'unixepoch') AS time,
    n.name AS principal,
    p.id,
    k.type,
    coalesce(json_extract(p.detail, '$.payer'), d.name, json_extract(p.detail, '$.debited')) AS payer,
    coalesce(json_extract(p.detail, '$.payee'), c.name, json_extract(p.detail, '$.credited')) AS payee,
    p.amount,
    k.currency,
    k.status,
    k.reason,
    k.money,
    coalesce(s.authorized, CASE WHEN k.begins IN ('authorized', 'captured') THEN p.amount ELSE 0 END) AS authorized,
    coalesce(s.captured, CASE WHEN k.begins = 'captured' THEN p.amount ELSE 0 END) AS captured,
    coalesce(s.released, 0) AS released,
    coalesce(s.refunded, 0) AS refunded,
    json_extract(p.detail, '$.payment') AS payment,
    k.method,
    strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(p.detail, '$.expires') / 1000.0, 'unixepoch') AS expires,
    json_extract(p.detail, '$.metadata') AS metadata
FROM payment p
JOIN principal n ON n.number = p.principal
JOIN kind k ON k.number = p.kind
LEFT JOIN account d ON d.number = p.debited
LEFT JOIN account c ON c.number = p.credited
LEFT JOIN sums s ON s.sequence = p.sequence;

CREATE VIEW entries AS
SELECT p.sequence, a.name AS account, -p.amount AS amount, k.currency
FROM payment p
JOIN kind k ON k.number = p.kind
JOIN account a ON a.number = p.debited
WHERE k.money = 'moved'
UNION ALL
SELECT p.sequence, a.name, p.amount, k.currency
FROM payment p
JOIN kind k ON k.number = p.kind
JOIN account a ON a.number = p.credited
WHERE k.money = 'moved';

CREATE VIEW accounts AS
SELECT a.name AS account, a.currency, b.posted, b.held, a.floor
FROM account a
JOIN balance b ON b.account = a.number;

CREATE VIEW batches AS
SELECT
    number,
    first_sequence,
    payments,
    strftime('%Y-%m-%dT%H:%M:%fZ', time_millis / 1000.0, 'unixepoch') AS time,
    lower(hex(chain)) AS chain
FROM batch;
