# What a person sees of setup: one line per step, the whole output in a log, its tail when the step fails. Sourced.

LOGS=$ZHITONG_CACHE/logs

say() { printf '[setup] %s\n' "$*"; }

# fail MESSAGE...: say what is missing and how to get it, and stop.
fail() {
  printf '[setup] 失败：%s\n' "$@" >&2
  exit 1
}

# step NAME DESCRIPTION COMMAND...: run quietly into logs/NAME.log, a sign of life every 15 s, its tail on failure.
step() {
  local name=$1 description=$2 log=$LOGS/$1.log started=$SECONDS status=0
  shift 2
  mkdir -p "$LOGS"
  say "$description …"
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$! ticks=0
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    ticks=$((ticks + 1))
    if ((ticks % 75 == 0)); then say "$description … $((SECONDS - started)) 秒"; fi
  done
  wait "$pid" || status=$?
  if ((status)); then
    tail -n 25 "$log" >&2
    fail "$description（退出码 $status）。完整日志：$log"
  fi
  say "$description 完成，$((SECONDS - started)) 秒"
}
