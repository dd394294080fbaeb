#!/usr/bin/env bash
# Which Asterisk the hotline runs on: the system's own if it is ≥ 20.17, has our modules and passes the check, else
# Debian sid's from the cache. The check decides about versions that nobody knows yet: modules, a call, a digit.
#
# $ZHITONG_ASTERISK tells the program how to start the one that passed. It is written after the check alone, and anew
# once another Asterisk is found (the system's was upgraded, the cache was emptied).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"
source "$ROOT/bootstrap/sid_apt.sh"
source "$ROOT/bootstrap/sid_asterisk.sh"

FOUND=$ZHITONG_ASTERISK.found

# describe MODDIR DATADIR ARGV...: how to start this Asterisk, into $FOUND.
describe() {
  local moddir=$1 datadir=$2 version argv
  shift 2
  version=$("$@" -V) && version=${version#Asterisk }
  argv=$(printf '"%s", ' "$@")
  printf '{"argv": [%s], "moddir": "%s", "datadir": "%s", "version": "%s"}\n' \
    "${argv%, }" "$moddir" "$datadir" "$version" >"$FOUND"
}

# has_modules FOLDER: every module that the hotline loads is there.
has_modules() {
  local module
  while read -r module; do
    [[ -e $1/$module.so ]] || return 1
  done <"$ROOT/dialplans/asterisk/modules.txt"
}

# The system's own, if it is new enough and complete (app_audiosocket is what most lack).
find_system() {
  local asterisk version moddir datadir
  asterisk=$(PATH=$PATH:/usr/sbin:/usr/local/sbin type -P asterisk) || return 1
  version=$("$asterisk" -V 2>/dev/null | sed -n 's/^Asterisk \([0-9.]*\).*/\1/p')
  [[ -n $version && $(printf '%s\n' 20.17 "$version" | sort -V | head -n 1) == 20.17 ]] || return 1
  for moddir in /usr/lib/*/asterisk/modules /usr/lib/asterisk/modules /usr/local/lib/asterisk/modules; do
    if has_modules "$moddir"; then
      datadir=/usr/share/asterisk
      [[ -d $datadir ]] || datadir=/var/lib/asterisk
      describe "$moddir" "$datadir" "$asterisk"
      return
    fi
  done
  return 1
}

find_sid() {
  sid_asterisk
  local root=$SID_ASTERISK/root loader libraries
  loader=$(echo "$root"/usr/lib*/ld-linux-*.so.*)
  libraries=$(echo "$root"/usr/lib/*-linux-gnu*)
  describe "$libraries/asterisk/modules" "$root/usr/share/asterisk" \
    "$loader" --inhibit-cache --library-path "$libraries:$libraries/pulseaudio" "$root/usr/sbin/asterisk"
}

# passes: whether the one in $FOUND does what we need. Checked once for each Asterisk, telephone and check.
passes() {
  local key result
  key=$({ echo "$VENV"; cat "$FOUND" "$ROOT"/{bootstrap/capability.py,dialplans/asterisk/modules.txt}; } | sha256sum)
  result=$ZHITONG_CACHE/checked-${key:0:12}
  if [[ -e $result.refused ]]; then return 1; fi
  if [[ ! -e $result ]]; then
    if ! (step capability "检查 Asterisk 和软件电话：模块、一个呼叫、一个按键" \
      "$ROOT/bin/python" "$ROOT/bootstrap/capability.py" "$FOUND" "$result.new"); then
      touch "$result.refused"
      return 1
    fi
    mv "$result.new" "$result"
  fi
  mv "$FOUND" "$ZHITONG_ASTERISK" && say "就绪：$(<"$result")"
}

if find_system; then
  if passes; then exit; fi
  say "本机的 Asterisk 没有通过检查，改用 Debian sid 的。"
fi
find_sid
if ! passes; then
  rm -f "$ZHITONG_CACHE"/checked-*.refused # nothing else is left to try: next time all of them again
  fail "没有能用的 Asterisk。完整日志：$LOGS/capability.log"
fi
