#!/usr/bin/env python3
"""Pays over TCP with nothing but Python's standard library: 4-byte length framing and HS256.

  python3 pay.py --host 127.0.0.1 --port 2347 --keys keys.json --kid K \\
      --from alice --to kedai --amount 1250 --currency MYR [--id ID]

Prints the reply. Exit code: 0 approved, 1 not approved, 2 wrong usage,
3 no answer, or none that is final: send the same id again.
"""

import argparse
import base64
import hashlib
import hmac
import json
import socket
import struct
import sys
import time
import uuid

ATTEMPTS = 3
ATTEMPT_SECONDS = 5
SIGNED_FOR_SECONDS = 30
LARGEST_REPLY_BYTES = 64 * 1024


class NoReply(Exception):
    """The server could not be reached, or did not answer."""


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_key(file, kid):
    with open(file, encoding="utf-8") as keys:
        for key in json.load(keys)["keys"]:
            if key["kid"] == kid:
                if key.get("alg") != "HS256":
                    raise ValueError(f"this example signs with HS256 keys alone, and {kid} is not one")
                return from_base64url(key["k"])
    raise ValueError(f"there is no key {kid} in {file}")


def signed(payload, kid, secret):
    """The payload as a JWS in compact form."""
    header = {"alg": "HS256", "kid": kid}
    parts = [base64url(json.dumps(part, separators=(",", ":")).encode("utf-8")) for part in (header, payload)]
    signing_input = ".".join(parts).encode("ascii")
    signature = hmac.new(secret, signing_input, hashlib.sha256).digest()
    return signing_input + b"." + base64url(signature).encode("ascii")


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise NoReply("closed before the reply")
        data += part
    return data


def exchange(host, port, message, request_id):
    """Sends one message in a frame and gives its reply."""
    try:
        with socket.create_connection((host, port), timeout=ATTEMPT_SECONDS) as connection:
            connection.sendall(struct.pack(">I", len(message)) + message)
            while True:
                (length,) = struct.unpack(">I", read_exactly(connection, 4))
                if length > LARGEST_REPLY_BYTES:
                    raise NoReply(f"a reply of {length} bytes")
                if length == 0:
                    continue  # A keep-alive.
                reply = json.loads(read_exactly(connection, length))
                # Replies may come in any order; one without an id says that ours could not be read.
                if reply["id"] in (request_id, None):
                    return reply
    except OSError as error:
        raise NoReply(str(error)) from error


def pay(host, port, kid, secret, request):
    """The rule behind exactly once: on silence, send the same id again; stop only on an outcome."""
    failure = NoReply("not tried")
    for _ in range(ATTEMPTS):
        now = int(time.time())
        message = signed({**request, "iat": now, "exp": now + SIGNED_FOR_SECONDS}, kid, secret)
        try:
            reply = exchange(host, port, message, request["id"])
            if reply["status"] != "busy":
                return reply
            failure = NoReply("the server is busy: " + reply["reason"])
            time.sleep(reply.get("retryAfterMillis", 500) / 1000)
        except NoReply as error:
            failure = error
    raise failure


def check(reply, request):
    """An approval is believed only when it is of what was asked for."""
    if reply["status"] == "approved":
        for field in ("id", "amount", "currency"):
            if reply[field] != request[field]:
                raise NoReply(f"the reply's {field} is {reply[field]}, but {request[field]} was asked for")


def main():
    parser = argparse.ArgumentParser(description="Pays over TCP and prints the reply.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2347)
    for name in ("keys", "kid", "from", "to", "currency"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--amount", type=int, required=True, help="in minor units")
    parser.add_argument("--id", default=str(uuid.uuid4()))
    options = vars(parser.parse_args())

    try:
        secret = read_key(options["keys"], options["kid"])
    except (OSError, ValueError, KeyError) as error:
        parser.error(str(error))
    request = {
        "id": options["id"],
        "type": "sale",
        "payer": options["from"],
        "payee": options["to"],
        "amount": options["amount"],
        "currency": options["currency"],
    }
    try:
        reply = pay(options["host"], options["port"], options["kid"], secret, request)
        print(json.dumps(reply, separators=(",", ":")))
        check(reply, request)
    except NoReply as error:
        print(f"no outcome for id {request['id']}: {error}", file=sys.stderr)
        return 3
    return {"approved": 0, "pending": 3, "in_doubt": 3}.get(reply["status"], 1)


if __name__ == "__main__":
    sys.exit(main())
