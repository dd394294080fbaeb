#!/usr/bin/env bash
# Pin the Python packages anew: requirements/*.in -> requirements/*.txt, with hashes and without addresses.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

TOOLS=$ZHITONG_CACHE/lock-tools
if [[ ! -x $TOOLS/bin/pip-compile ]]; then
  step lock-tools "安装 pip-tools" bash -c '"$1" -m venv "$2" && "$2/bin/pip" install pip-tools' - "$VENV/bin/python" "$TOOLS"
fi
# Of the machine's pip configuration only the main index counts, so that every machine pins the same files.
index=$("$TOOLS/bin/pip" config get global.index-url 2>/dev/null || true)
compile=(env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null ${index:+"PIP_INDEX_URL=$index"}
  "$TOOLS/bin/pip-compile" --upgrade --strip-extras --allow-unsafe --generate-hashes --no-header --no-annotate
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host)
cd "$ROOT"
for name in build runtime dev model; do
  same=()
  # What tests and the hotline share has one version.
  if [[ $name == dev ]]; then same=(--constraint requirements/runtime.txt); fi
  step "lock-$name" "锁定 requirements/$name.txt" \
    "${compile[@]}" "${same[@]}" --output-file "requirements/$name.txt" "requirements/$name.in"
done
