#!/usr/bin/env bash
# Everything that the product, its demo and its tests need, in one cache folder. Does nothing, fast, when all is there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

if [[ ! $ZHITONG_CACHE =~ ^/[A-Za-z0-9._/+-]+$ ]]; then
  fail "ZHITONG_CACHE=$ZHITONG_CACHE: 缓存目录须是绝对路径，只含英文字母、数字和 . _ + - /。例如：ZHITONG_CACHE=/var/tmp/zhitong make setup"
fi
mkdir -p "$ZHITONG_CACHE"
# Checkouts share the cache: one setup at a time.
exec 9>"$ZHITONG_CACHE/lock"
if ! flock --nonblock 9; then
  say "另一个 setup 正在准备 $ZHITONG_CACHE，等它完成（最多 30 分钟）…"
  flock --wait 1800 9 || fail "等了 30 分钟，另一个 setup 仍未完成。确认没有残留进程后重试。"
fi

# An interpreter that was upgraded or removed takes its environment along.
if [[ -e $VENV/ready ]] && ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then rm -r "$VENV"; fi

"$ROOT/bootstrap/packages.sh"
if [[ ! -e $VENV/ready ]]; then
  [[ -e $VENV/packages ]] || "$ROOT/bootstrap/python.sh"
  "$ROOT/bootstrap/pjsua2.sh"
  touch "$VENV/ready"
fi
"$ROOT/bootstrap/web.sh"
"$ROOT/bootstrap/asterisk.sh"
"$ROOT/bootstrap/postgresql.sh" || say "没有 PostgreSQL：热线照常，只有 make test 缺它。"
# Once on a machine. Examples that change later are learned by the line itself, while it answers by the words alone.
if ! compgen -G "$ZHITONG_CACHE/understanding/*.npz" >/dev/null; then
  (step understanding "学习例句，半分钟左右" "$ROOT/bin/python" -m zhitong.learn_process) ||
    say "没有学成：热线照常，只按词理解。"
fi
