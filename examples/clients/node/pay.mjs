// Pays over WebSocket: npm's "ws" and Node's own crypto, nothing else.
//
//   node pay.mjs --url ws://127.0.0.1:2346 --keys keys.json --kid K \
//     --from alice --to kedai --amount 1250 --currency MYR [--id ID]
//
// Prints the reply. Exit code: 0 approved, 1 not approved, 2 wrong usage,
// 3 no answer, or none that is final: send the same id again.

import { createHmac, createPrivateKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import WebSocket from "ws";

const ATTEMPTS = 3;
const ATTEMPT_MILLIS = 5_000;
const SIGNED_FOR_SECONDS = 30;

const base64url = (data) => Buffer.from(data).toString("base64url");

function readKey(file, kid) {
  const key = JSON.parse(readFileSync(file, "utf8")).keys.find((k) => k.kid === kid);
  if (!key) throw new Error(`there is no key ${kid} in ${file}`);
  return key;
}

/** The payload as a JWS in compact form. */
function signed(payload, key) {
  const header = { alg: key.alg, kid: key.kid };
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  if (key.alg === "HS256") {
    const secret = Buffer.from(key.k, "base64url");
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  }
  if (key.alg === "Ed25519" || key.alg === "EdDSA") {
    const { kty, crv, x, d } = key;
    const secret = createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
    return `${input}.${sign(null, Buffer.from(input), secret).toString("base64url")}`;
  }
  throw new Error(`this example does not sign with ${key.alg}`);
}

/** Sends one message and gives its reply; throws when none comes. */
function exchange(url, message, id) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: ATTEMPT_MILLIS, perMessageDeflate: false });
    const timer = setTimeout(() => done(reject, new Error("no reply in time")), ATTEMPT_MILLIS);
    const done = (settle, value) => {
      clearTimeout(timer);
      settle(value);
      socket.close();
    };
    socket.on("open", () => socket.send(message));
    socket.on("message", (data) => {
      const reply = JSON.parse(data.toString("utf8"));
      // Replies may come in any order; a reply without an id says that ours could not be read.
      if (reply.id === id || reply.id === null) done(resolve, reply);
    });
    socket.on("error", (error) => done(reject, error));
    socket.on("close", () => done(reject, new Error("closed before the reply")));
  });
}

/** The rule behind exactly once: on silence, send the same id again; stop only on an outcome. */
async function pay(url, key, request) {
  let failure;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const now = Math.floor(Date.now() / 1000);
    const message = signed({ ...request, iat: now, exp: now + SIGNED_FOR_SECONDS }, key);
    try {
      const reply = await exchange(url, message, request.id);
      if (reply.status !== "busy") return reply;
      failure = new Error(`the server is busy: ${reply.reason}`);
      await new Promise((wake) => setTimeout(wake, reply.retryAfterMillis ?? 500));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** An approval is believed only when it is of what was asked for. */
function check(reply, request) {
  if (reply.status !== "approved") return;
  for (const field of ["id", "amount", "currency"]) {
    if (reply[field] !== request[field]) {
      throw new Error(`the reply's ${field} is ${reply[field]}, but ${request[field]} was asked for`);
    }
  }
}

function usage(problem) {
  console.error(problem);
  console.error("usage: node pay.mjs --url URL --keys FILE --kid K --from A --to B --amount MINOR --currency C [--id ID]");
  process.exit(2);
}

let options;
let key;
try {
  const names = ["url", "keys", "kid", "from", "to", "amount", "currency", "id"];
  options = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) }).values;
  const missing = names.find((name) => name !== "id" && !options[name]);
  if (missing) throw new Error(`--${missing} is missing`);
  key = readKey(options.keys, options.kid);
} catch (error) {
  usage(error.message);
}
const request = {
  id: options.id ?? randomUUID(),
  type: "sale",
  payer: options.from,
  payee: options.to,
  amount: Number(options.amount),
  currency: options.currency,
};

try {
  const reply = await pay(options.url, key, request);
  console.log(JSON.stringify(reply));
  check(reply, request);
  process.exitCode = { approved: 0, pending: 3, in_doubt: 3 }[reply.status] ?? 1;
} catch (error) {
  console.error(`no outcome for id ${request.id}: ${error.message}`);
  process.exitCode = 3;
}
