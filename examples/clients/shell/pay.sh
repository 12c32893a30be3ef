#!/bin/sh
# Pays over TCP with openssl and nc, on a listener with newline framing. For trying things out: while openssl runs,
# the key can be seen in this machine's list of processes.
#
#   ./pay.sh HOST PORT KEYS KID FROM TO AMOUNT CURRENCY [ID]
#
# Prints the reply. Exit code: 0 approved, 1 not approved, 2 wrong usage,
# 3 no answer, or none that is final: send the same id again.
set -eu

if [ $# -lt 8 ] || [ $# -gt 9 ]; then
    echo "usage: $0 HOST PORT KEYS KID FROM TO AMOUNT CURRENCY [ID]" >&2
    exit 2
fi
host=$1 port=$2 keys=$3 kid=$4 from=$5 to=$6 amount=$7 currency=$8
id=${9:-sh-$(openssl rand -hex 16)}

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# The member "k" of the key: objects within the keys go, then there is one key on each line.
k=$(tr -d ' \t\r\n' <"$keys" | sed -e ':a' -e 's/:{[^{}]*}/:0/g' -e 'ta' | tr '{' '\n' |
    grep -F "\"kid\":\"$kid\"" | sed -n 's/.*"k":"\([^"]*\)".*/\1/p')
if [ -z "$k" ]; then
    echo "there is no HS256 key $kid in $keys" >&2
    exit 2
fi
padded=$(printf '%s===' "$k" | tr -- '-_' '+/')
padded=$(printf '%s' "$padded" | cut -c "1-$(((${#k} + 3) / 4 * 4))")
hex=$(printf '%s' "$padded" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')

now=$(date +%s)
header=$(printf '{"alg":"HS256","kid":"%s"}' "$kid" | base64url)
payload=$(printf '{"id":"%s","type":"sale","payer":"%s","payee":"%s","amount":%s,"currency":"%s","iat":%s,"exp":%s}' \
    "$id" "$from" "$to" "$amount" "$currency" "$now" "$((now + 30))" | base64url)
signature=$(printf '%s.%s' "$header" "$payload" |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$hex" -binary | base64url)

# With -N, nc ends its side after the request, and the server its own after the reply.
if nc -h 2>&1 | grep -q -e '-N'; then half_close=-N; else half_close=; fi
reply=$(printf '%s.%s.%s\n' "$header" "$payload" "$signature" | nc $half_close -w 5 "$host" "$port") || reply=
if [ -z "$reply" ]; then
    echo "no outcome for id $id: no reply from $host $port" >&2
    exit 3
fi
printf '%s\n' "$reply"
case $reply in
    *'"status":"approved"'*) exit 0 ;;
    *'"status":"pending"'* | *'"status":"in_doubt"'*) exit 3 ;;
    *) exit 1 ;;
esac
