#!/usr/bin/env bash
# Pin the Python packages anew: requirements/*.in -> requirements/*.txt, with hashes and without addresses.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

TOOLS=$ZHITONG_CACHE/lock-tools
if [[ ! -x $TOOLS/bin/pip-compile ]]; then
  step lock-tools "安装 pip-tools" bash -c '"$1" -m venv "$2" && "$2/bin/pip" install pip-tools' - "$VENV/bin/python" "$TOOLS"
fi
cd "$ROOT"
for name in build runtime dev model; do
  step "lock-$name" "锁定 requirements/$name.txt" \
    "$TOOLS/bin/pip-compile" --upgrade --strip-extras --allow-unsafe --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
    --output-file "requirements/$name.txt" "requirements/$name.in"
done
