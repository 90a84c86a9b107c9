#!/bin/sh
# Asks a server of its own what its OpenAPI description allows, and much that it does not allow, and compares the answers
# with the description. Needs schemathesis: pip install 'schemathesis==4.32.5'
#
#   end2end/schema.sh [more of schemathesis' own options]
#
# TEAMFLOW_BIN names the program (else target/release/teamflow), SCHEMATHESIS the tool. Examples and seed are fixed: a run
# can be repeated. It is no part of the test run.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
binary=${TEAMFLOW_BIN:-$root/target/release/teamflow}
data=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port

export TEAMFLOW_LISTEN=127.0.0.1:$port TEAMFLOW_DATA_DIR=$data TEAMFLOW_LOG=warn
export TEAMFLOW_SITE_DIR=${TEAMFLOW_SITE_DIR:-$root/target/site-release}
export TEAMFLOW_REQUESTS_PER_MINUTE=1000000
"$binary" serve & server=$!
trap 'kill $server; wait $server || true; rm -rf "$data"' EXIT
until curl -fs "$url/ready" >/dev/null; do kill -0 $server; done

curl -fsS -o /dev/null -H 'sec-fetch-site: same-origin' "$url/sf/set-up" --data-urlencode 'name=Ada' \
  --data-urlencode 'email=ada@example.org' --data-urlencode 'password=difference engine' --data-urlencode 'workspace=North Light'
token=$("$binary" token create --user ada@example.org --scopes 'read comment write admin' | grep -o 'tf_[A-Za-z0-9_-]*' | head -1)
curl -fsS -o /dev/null -H "authorization: Bearer $token" -H 'content-type: application/json' \
  "$url/api/v1/workspaces/north-light/projects" --data '{"name":"Web app"}'

# Programs come with tokens. A cookie that the tool makes up would be somebody's page on another site, and refused as such.
curl -fsS "$url/api/openapi.json" | python3 -c '
import json, sys
document = json.load(sys.stdin)
document["components"]["securitySchemes"].pop("session")
document["security"] = [way for way in document["security"] if "session" not in way]
json.dump(document, sys.stdout)' >"$data/openapi.json"

# Not asked: that whatever fits the description is accepted (a cursor may be well formed and of no list), and that what was
# deleted is gone (it is in the trash, to be restored).
# It leaves notes where it runs.
cd "$data"
"${SCHEMATHESIS:-schemathesis}" run "$data/openapi.json" --url "$url" --header "Authorization: Bearer $token" \
  --exclude-checks positive_data_acceptance,use_after_free \
  --max-examples 40 --seed 1 --no-shrink --continue-on-failure --request-timeout 10 --exclude-path-regex '^/api/v1/auth/' "$@"
