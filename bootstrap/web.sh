#!/usr/bin/env bash
# What the console's pages use in the browser: pinned by hash, from npm, served by the console itself.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

if [[ -e $ZHITONG_WEB/ready ]]; then exit 0; fi
type -P npm >/dev/null || fail "缺少 npm（Debian 的软件包名也是 npm）。请安装后重试：apt-get install --no-install-recommends npm"
rm -rf "$ZHITONG_WEB"
mkdir -p "$ZHITONG_WEB"
cp "$ROOT"/bootstrap/web/package{,-lock}.json "$ZHITONG_WEB"
step web "安装网页用的软件包（逐个校验哈希）" \
  npm ci --prefix "$ZHITONG_WEB" --ignore-scripts --no-audit --no-fund --no-update-notifier
touch "$ZHITONG_WEB/ready"
