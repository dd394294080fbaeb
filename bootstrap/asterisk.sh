#!/usr/bin/env bash
# An Asterisk ≥ 20.17 with AudioSocket: the system's own, else Debian sid's, unpacked into a folder of the cache without
# root rights, chroot or maintainer scripts, and run through that folder's own dynamic loader and libraries.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"
source "$ROOT/bootstrap/sid_apt.sh"

KEY=$(key_of bootstrap/{asterisk,sid_apt}.sh)
FOLDER=$ZHITONG_CACHE/asterisk-$KEY

# describe MODDIR DATADIR ARGV...: asterisk.json tells the program how to start this Asterisk.
describe() {
  local moddir=$1 datadir=$2 version argv
  shift 2
  version=$("$@" -V) && version=${version#Asterisk }
  argv=$(printf '"%s", ' "$@")
  printf '{"argv": [%s], "moddir": "%s", "datadir": "%s", "version": "%s"}\n' \
    "${argv%, }" "$moddir" "$datadir" "$version" >"$ZHITONG_CACHE/asterisk.json.new"
  mv "$ZHITONG_CACHE/asterisk.json.new" "$ZHITONG_CACHE/asterisk.json"
}

# has_modules FOLDER: every module that the hotline loads is there.
has_modules() {
  local module
  while read -r module; do
    [[ -e $1/$module.so ]] || return 1
  done <"$ROOT/dialplans/asterisk/modules.txt"
}

# The system's own, if it is new enough and complete (app_audiosocket is what most lack).
use_system() {
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

unpack() {
  local deb
  rm -rf "$FOLDER.new"
  mkdir -p "$FOLDER.new/root"
  for deb in "$SID"/cache/archives/*.deb; do
    dpkg-deb --field "$deb" Package Version | paste -s >>"$FOLDER.new/versions"
    dpkg-deb --extract "$deb" "$FOLDER.new/root"
  done
  find "$FOLDER.new/root" -perm /6000 -type f -exec chmod a-s {} +
  rm -rf "$FOLDER.new/root"/usr/share/{doc,man,locale,info} "$FOLDER"
  mv "$FOLDER.new" "$FOLDER"
}

use_unpacked() {
  if [[ ! -d $FOLDER ]]; then
    sid_apt
    rm -f "$SID"/cache/archives/*.deb
    step sid-index "取 Debian sid 的软件目录（验证签名）" apt-get update
    step asterisk-download "下载 Asterisk（约 80 MB，验证签名）" apt-get install --download-only --yes asterisk
    step asterisk-unpack "解包 Asterisk" unpack
    rm -f "$SID"/cache/archives/*.deb
  fi
  local root=$FOLDER/root loader libraries
  loader=$(echo "$root"/usr/lib*/ld-linux-*.so.*)
  libraries=$(echo "$root"/usr/lib/*-linux-gnu*)
  describe "$libraries/asterisk/modules" "$root/usr/share/asterisk" \
    "$loader" --inhibit-cache --library-path "$libraries:$libraries/pulseaudio" "$root/usr/sbin/asterisk"
}

use_system || use_unpacked
