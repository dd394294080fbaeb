#!/usr/bin/env bash
# The PostgreSQL server on which the tests of the store run: the system's own if there is one ≥ 13, else that of this
# machine's Debian, unpacked into the cache. Installed, the package would make a cluster and start it for all.
#
# Only programs are looked for; no cluster of the system is read, made, started or stopped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"
source "$ROOT/bootstrap/sid_apt.sh"

NEW=$ZHITONG_POSTGRESQL.new
APT=$ZHITONG_CACHE/debian-apt

# runs BIN LIBRARIES: the programs are there and start.
runs() {
  [[ -x $1/initdb && -x $1/postgres ]] && LD_LIBRARY_PATH=$2 "$1/postgres" -V >/dev/null 2>&1
}

if [[ -e $ZHITONG_POSTGRESQL/libraries ]] && runs "$ZHITONG_POSTGRESQL/bin" "$(<"$ZHITONG_POSTGRESQL/libraries")"; then
  exit 0
fi

# described BIN LIBRARIES: how to start it, moved into place.
described() {
  mkdir -p "$NEW"
  ln -sfn "$1" "$NEW/bin"
  echo "$2" >"$NEW/libraries"
  rm -rf "$ZHITONG_POSTGRESQL"
  mv "$NEW" "$ZHITONG_POSTGRESQL"
}

# The newest of the system's; prints its folder.
find_system() {
  local folder
  while read -r folder; do
    if [[ $folder =~ /([0-9]+)/bin$ ]] && ((BASH_REMATCH[1] >= 13)) && runs "$folder" ""; then
      echo "$folder"
      return
    fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  return 1
}

# The apt of our own for sid, with this machine's release in its place: what is unpacked runs on the libc that is here.
debian_apt() {
  local release
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
  rm -rf "$APT"
  mkdir -p "$APT"/{state/lists,cache/archives}/partial
  : >"$APT/no-packages-installed"
  sed "s/ sid main$/ $release main/" "$SID/sources.list" >"$APT/sources.list"
  sed "s|$SID|$APT|" "$SID/apt.conf" >"$APT/apt.conf"
  export APT_CONFIG=$APT/apt.conf
}

download() {
  apt-get update && apt-get install --download-only --yes postgresql
}

unpack() {
  local deb
  rm -rf "$NEW"
  mkdir -p "$NEW/root"
  for deb in "$APT"/cache/archives/*.deb; do
    case $deb in
      */libc6_* | */libc-bin_*) continue ;; # goes with the dynamic loader, which is the system's
      */libllvm*) continue ;;               # compiles queries that take seconds; ours do not, and it is most of the size
    esac
    dpkg-deb --extract "$deb" "$NEW/root"
  done
  find "$NEW/root" -perm /6000 -type f -exec chmod a-s {} +
  rm -rf "$NEW/root"/usr/{bin,sbin,share/{doc,man,locale,info,perl*},lib/*/perl*,lib/postgresql/*/lib/bitcode} "$APT"
}

rm -rf "$NEW"
if bin=$(find_system); then
  described "$bin" ""
  exit
fi
sid_apt
debian_apt
step postgresql-download "下载 PostgreSQL（只供测试；约 90 MB，验证签名）" download
step postgresql-unpack "解包 PostgreSQL" unpack
shopt -s nullglob
bin=$(cd "$NEW" && echo root/usr/lib/postgresql/*/bin)
libraries=$(cd "$NEW" && printf "$ZHITONG_POSTGRESQL/%s:" root/{usr/,}lib/*-linux-gnu*)
described "$bin" "${libraries%:}"
runs "$ZHITONG_POSTGRESQL/bin" "${libraries%:}" ||
  fail "解包的 PostgreSQL 启动不了：LD_LIBRARY_PATH=${libraries%:} $ZHITONG_POSTGRESQL/bin/postgres -V"
