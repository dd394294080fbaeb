#!/usr/bin/env bash
# Once for each Asterisk and each environment: do they do what we need? Modules, a call, a digit. Prints the versions.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

KEY=$({ echo "$VENV"; cat "$ZHITONG_CACHE/asterisk.json" "$ROOT"/{bootstrap/capability.py,dialplans/asterisk/modules.txt}; } |
  sha256sum | cut -c 1-12)
RESULT=$ZHITONG_CACHE/checked-$KEY

if [[ ! -e $RESULT ]]; then
  step capability "检查 Asterisk 和软件电话: 模块、一个呼叫、一个按键" \
    "$ROOT/bin/python" "$ROOT/bootstrap/capability.py" "$RESULT.new"
  mv "$RESULT.new" "$RESULT"
fi
say "就绪: $(<"$RESULT")"
