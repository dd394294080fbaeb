#!/usr/bin/env bash
# The pinned Python environment: every package by hash, source packages built with the pinned build tools only.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

# The first Python ≥ 3.11 that can make a virtual environment; prints its path.
find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  fail "没有找到可用的 Python（需要 3.11 或更高，并带 venv）。Debian 12: apt-get install python3 python3-venv"
}

install() {
  "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check --require-hashes --no-build-isolation "$@"
}

if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
  rm -rf "$VENV"
  python=$(find_python)
  mkdir -p "$ZHITONG_CACHE"
  step venv "建立 Python 环境（$("$python" -V)）" "$python" -m venv "$VENV"
fi
if [[ ! -e $VENV/packages ]]; then
  step pip-build "安装构建工具" install -r "$ROOT/requirements/build.txt"
  step pip "安装 Python 软件包（逐个校验哈希）" install -r "$ROOT/requirements/runtime.txt" -r "$ROOT/requirements/dev.txt"
  touch "$VENV/packages"
fi
