#!/usr/bin/env bash
# pjsua2, the telephone in software for demo and tests: one self-contained wheel, built once from the pjproject that
# Debian sid's source package of Asterisk carries (apt prints its SHA-256, from the signed index).
#
# pjproject is GPL-2+: it is built and used here, in a process of its own, and is no part of this project.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"
source "$ROOT/bootstrap/sid_apt.sh"

PYTHON=$VENV/bin/python
WHEELS=$ZHITONG_CACHE/wheels/pjsua2-$(key_of bootstrap/pjsua2.sh)
BUILD=$ZHITONG_CACHE/build-pjsua2
FLAGS="-O2 -fPIC -DNDEBUG"

fetch() {
  local uri file size sum
  read -r uri file size sum < <(apt-get source --print-uris asterisk | grep Xpjproject | tr -d "'")
  [[ $sum == SHA256:* ]] || { echo "no pjproject component in Debian's source package asterisk"; return 1; }
  rm -rf "$BUILD" && mkdir -p "$BUILD/src" "$WHEELS"
  /usr/lib/apt/apt-helper download-file "$uri" "$BUILD/$file" "$sum"
  echo "$file $size $sum" >"$WHEELS/source"
  tar -x -f "$BUILD/$file" -C "$BUILD/src" --strip-components=1
}

configure() {
  cd "$BUILD/src"
  # Room for a hundred telephones in one process; every call has a player and a recorder of its own.
  printf '#define %s\n' "PJSUA_MAX_CALLS 128" "PJSUA_MAX_PLAYERS 256" "PJSUA_MAX_RECORDERS 256" \
    "PJSUA_MAX_CONF_PORTS 1024" "PJ_IOQUEUE_MAX_HANDLES 1024" "PJ_DEBUG 0" >pjlib/include/pj/config_site.h
  # Plain G.711 over UDP and no sound card: nothing else is needed, and nothing else is linked in.
  ./configure CFLAGS="$FLAGS" CXXFLAGS="$FLAGS" --disable-shared --disable-video --disable-sound --disable-ssl \
    --disable-libsrtp --disable-resample --disable-speex-aec --disable-{speex,gsm,ilbc,g7221,g722,l16}-codec \
    --disable-{opencore-amr,silk,opus,bcg729,lyra,sdl,ffmpeg,v4l2,openh264,vpx,libyuv,libwebrtc,upnp,libuuid}
  # Debian's component leaves out the empty folders and one file without which make stops.
  mkdir -p {pjlib,pjlib-util,pjnath,pjmedia,pjsip,third_party}/lib
  touch pjmedia/src/pjmedia-audiodev/bdimad_dev.c
}

glue() {
  cd "$BUILD/src/pjsip-apps/src/swig/python"
  local top=../../../..
  swig -c++ -w312 -threads -python -I"$top"/{pjlib,pjlib-util,pjmedia,pjsip,pjnath}/include -o pjsua2_wrap.cpp ../pjsua2.i
  # The generated glue is huge and does no work: unoptimised it compiles in a fifth of the time.
  CFLAGS="-O0 -g0" "$PYTHON" setup.py bdist_wheel --dist-dir "$BUILD/wheel"
}

wheel() {
  "$PYTHON" - "$WHEELS" <<'PY'
import glob, sys, sysconfig
tag = f"cp{sys.version_info.major}{sys.version_info.minor}-{sysconfig.get_platform().replace('-', '_')}"
print(next(iter(glob.glob(f"{sys.argv[1]}/*{tag}.whl")), ""))
PY
}

wheel=$(wheel)
if [[ -z $wheel ]]; then
  sid_apt
  step sid-index "取 Debian sid 的软件目录（验证签名）" apt-get update
  step pjsua2-fetch "下载 pjproject 源码（校验 SHA-256）" fetch
  step pjsua2-configure "配置 pjproject" configure
  step pjsua2-make "编译 pjproject（约 1–3 分钟）" make -C "$BUILD/src" -j2 lib
  step pjsua2-glue "编译 pjsua2 的 Python 接口（约 1 分钟）" glue
  mv "$BUILD"/wheel/*.whl "$WHEELS/"
  rm -rf "$BUILD"
  wheel=$(wheel)
fi
step pjsua2 "安装 pjsua2" "$PYTHON" -m pip install --no-index --no-deps --force-reinstall "$wheel"
"$PYTHON" -c 'import pjsua2' || fail "pjsua2 装好了却不能导入：$wheel"
