#!/usr/bin/env bash
# The few Debian packages that are used in place: the only step that needs root, and only for what is missing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"
source "$ROOT/bootstrap/interpreter.sh"
source "$ROOT/bootstrap/sid_apt.sh"

missing=()
index=known

# need COMMAND PACKAGE: the package is missing when the command is.
need() { type -P "$1" >/dev/null || missing+=("$2"); }

need espeak-ng espeak-ng # speaks the prompts
need sox sox             # makes telephone audio of them
need sipp sip-tester     # load for the bench
# The desk's sound card, by sounddevice.
[[ $(/sbin/ldconfig -p) == *libportaudio.so.2* ]] || missing+=(libportaudio2)
need npm npm             # fetches what the console's pages use
need chromium chromium   # the tests of the console's pages
need fc-list fontconfig
[[ $(fc-list :lang=zh 2>/dev/null) ]] || missing+=(fonts-wqy-microhei)
need xz xz-utils # unpacks the source of pjsua2
if [[ ! -e $VENV/ready ]]; then
  # What builds the environment and pjsua2, once.
  need g++ build-essential
  need swig swig
  find_python >/dev/null || missing+=(python3 python3-venv python3-dev)
  if type -P apt-get >/dev/null && [[ -z $(debian_mirror) ]]; then index=unknown; fi
fi
if ((${#missing[@]} == 0)) && [[ $index == known ]]; then exit 0; fi

type -P apt-get >/dev/null || fail "缺少：${missing[*]}（Debian 的软件包名）。请用本机的包管理器安装后重试。"
if ((EUID == 0)); then
  as_root=()
elif type -P sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 && -t 2 ]] && sudo -v; }; }; then
  as_root=(sudo)
else
  fail "缺少 Debian 软件包（或 apt 还没有软件目录），而这里既不是 root 也不能用 sudo。" \
    "请让管理员运行一次：apt-get update && apt-get install --no-install-recommends ${missing[*]}"
fi

# Packages of this machine's own Debian, by its own apt.
apt_install() {
  "${as_root[@]}" env -u APT_CONFIG apt-get update &&
    "${as_root[@]}" env -u APT_CONFIG DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-install-recommends "${missing[@]}"
}

step packages "安装 Debian 软件包：${missing[*]:-只更新软件目录}" apt_install
if [[ ! -e $VENV/ready ]]; then
  find_python >/dev/null || fail "没有可用的 Python：需要 3.11 或更高，带 venv 和 C 头文件（Python.h）。Debian 12 的 /usr/bin/python3 配 python3-venv python3-dev 即可。"
fi
