# Where everything that setup builds is kept, and under which key. Sourced; sets ROOT, ZHITONG_CACHE,
# ZHITONG_ASTERISK, ZHITONG_POSTGRESQL, ZHITONG_WEB and VENV.
#
# One folder serves all checkouts of a user. What is built there carries a key made of the text it was built from, so a
# changed pin or recipe builds a new one beside the old one, and a checkout never runs on another checkout's pins.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export ZHITONG_CACHE=${ZHITONG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/zhitong}

# key_of FILE...: the first 12 hex digits of what these files of the checkout say, on this kind of machine.
key_of() {
  local sum
  sum=$(cd "$ROOT" && { echo "$HOSTTYPE"; cat "$@"; } | sha256sum) && echo "${sum:0:12}"
}

# How to start the Asterisk that was found for this checkout, and checked.
export ZHITONG_ASTERISK=$ZHITONG_CACHE/asterisk-$(key_of bootstrap/{asterisk,sid_asterisk,sid_apt}.sh \
  bootstrap/capability.py dialplans/asterisk/modules.txt).json
# The PostgreSQL server that tests start: `bin`, and the folders of libraries that it needs beside the system's.
export ZHITONG_POSTGRESQL=$ZHITONG_CACHE/postgresql-$(key_of bootstrap/postgresql.sh)
# What browsers get of other hands: node_modules.
export ZHITONG_WEB=$ZHITONG_CACHE/web-$(key_of bootstrap/web.sh bootstrap/web/package-lock.json)
VENV=$ZHITONG_CACHE/venv-$(key_of requirements/{build,runtime,dev}.txt bootstrap/{python,pjsua2}.sh)
