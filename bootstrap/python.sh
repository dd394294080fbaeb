#!/usr/bin/env bash
# The pinned Python environment: every package by hash, source packages built with the pinned build tools only.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"
source "$ROOT/bootstrap/interpreter.sh"

install() {
  "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check --require-hashes --no-build-isolation "$@"
}

python=$(find_python) || fail "没有可用的 Python（需要 3.11 或更高，带 venv 和 Python.h）。Debian 12：apt-get install python3 python3-venv python3-dev"
rm -rf "$VENV"
mkdir -p "$ZHITONG_CACHE"
step venv "建立 Python 环境（$("$python" -V)）" "$python" -m venv "$VENV"
step pip-build "安装构建工具" install -r "$ROOT/requirements/build.txt"
step pip "安装 Python 软件包（逐个校验哈希）" install -r "$ROOT/requirements/runtime.txt" -r "$ROOT/requirements/dev.txt"
touch "$VENV/packages"
